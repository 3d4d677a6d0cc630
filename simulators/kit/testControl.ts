import type { Clock } from "./clock.ts";
import type { Faults } from "./faults.ts";
import type { History } from "./history.ts";
import type { RequestLog } from "./requestLog.ts";
import type { Switches, SwitchTable } from "./switches.ts";
import type { SimRequest, SimResponse } from "./types.ts";

/** Runs around every request; `before` may wait, and a test uses it to let another writer in or to kill a process. */
export interface Hook {
  before?(request: SimRequest): void | Promise<void>;
  after?(request: SimRequest, response: SimResponse): void | Promise<void>;
}

/** What every simulator offers to a test in the same process. */
export interface Control<T extends SwitchTable> {
  clock: Clock;
  requests: RequestLog;
  history: History;
  faults: Faults;
  switches: Readonly<Switches<T>>;
  /** Changes some switches; throws on an unknown name or value. */
  setSwitches(values: Partial<Switches<T>>): void;
  /** Adds a hook and returns the function that takes it away. */
  hook(hook: Hook): () => void;
  /** Forgets objects, sessions, faults, hooks, requests and history; switches go back to the values at the start. */
  reset(): void;
  /** Does something now and after each {@link reset}, so that it belongs to the state right after the start. */
  atStart(act: () => void): void;
}
