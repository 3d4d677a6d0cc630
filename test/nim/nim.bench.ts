import { type NimSimulatorOptions, startNimSimulator } from "../../simulators/nim/index.ts";
import type { Bench } from "../tools/lifecycleSuite.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";
import { createTestWorld, type TestWorld } from "../tools/world.ts";

export interface NimBench extends Pick<Bench, "inject" | "requests" | "close"> {
  readonly simulator: Awaited<ReturnType<typeof startNimSimulator>>;
  /** With further settings, or other ones. */
  newProcess(environment?: Record<string, string>): TestWorld;
}

/** A simulated NIM, and what is the same for all resources on it. */
export async function startNimBench(options: NimSimulatorOptions = {}): Promise<NimBench> {
  const clock = createVirtualClock();
  const simulator = await startNimSimulator({ port: false, now: clock.now, ...options });
  const { control } = simulator;
  let counted = 0;
  return {
    simulator,
    newProcess(environment = {}) {
      // It begins after whatever was done before, as a process does.
      clock.advance(1_000);
      return createTestWorld(simulator.handle, {
        clock,
        environment: {
          NIM_ENDPOINT: "https://nim.invalid",
          NIM_USERNAME: simulator.username,
          NIM_PASSWORD: simulator.password,
          ...environment,
        },
      });
    },
    inject: (match, fault, times = 1) => control.faults.inject({ match, fault, times }),
    requests(match) {
      const all = control.requests.count(match);
      const since = all - counted;
      counted = all;
      return since;
    },
    close: () => simulator.close(),
  };
}

export const api = "/api/platform/v1";

/** An answer without what NIM changes by itself, and without the owner mark's stamp, which is of a write. */
export function withoutStamps(body: unknown): unknown {
  const stamps = new Set(["modified", "revisionTimestamp", "expiry"]);
  return JSON.parse(JSON.stringify(body, (key, value) => (stamps.has(key) ? undefined : withoutStamp(value))));
}

function withoutStamp(value: unknown): unknown {
  if (typeof value !== "string" || !value.startsWith("pulumi.owner:")) return value;
  return value.split("/").slice(0, 4).join("/");
}
