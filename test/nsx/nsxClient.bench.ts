import { connectNsx, type NsxClient } from "../../provider/nsx/client.ts";
import { nsxSettings } from "../../provider/nsx/settings.ts";
import type { TimeLimit } from "../../provider/travel/timeLimit.ts";
import type { Transport } from "../../provider/travel/transport.ts";
import { type NsxSimulator, type NsxSwitches, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { noLimit } from "../tools/noLimit.ts";
import { createVirtualClock, type VirtualClock } from "../tools/virtualClock.ts";
import { simulatorTransport } from "../tools/world.ts";

export interface ClientBench {
  readonly clock: VirtualClock;
  readonly nsx: NsxSimulator;
  readonly client: NsxClient;
  clientWithin(limit: TimeLimit): NsxClient;
  readonly paths: readonly string[];
  /** Requests for lists, pages of them included, and for single objects since the last call. */
  requests(): { lists: number; singles: number };
  close(): Promise<void>;
}

export const segmentPath = (number: number) => `/infra/segments/s${number}`;

/** The client alone on a simulated NSX with so many segments, with time that only tests move. */
export async function startClientBench(
  segments: number,
  switches: Partial<NsxSwitches> = {},
  settings: Record<string, string> = {},
  around: (transport: Transport) => Transport = (transport) => transport,
): Promise<ClientBench> {
  const clock = createVirtualClock();
  const nsx = await startNsxSimulator({ port: false, now: clock.now, switches });
  const paths = Array.from({ length: segments }, (_, number) => segmentPath(number));
  for (const [number, path] of paths.entries()) nsx.control.change(path, { display_name: `segment ${number}` }, "seed");
  const values: Record<string, string> = { endpoint: "https://nsx.invalid", username: "admin", password: nsx.password };
  const config = nsxSettings((key) => ({ ...values, ...settings })[key.slice("nsx:".length)], {});
  const toManagers = around(simulatorTransport(nsx.handle));
  const system = connectNsx(config, clock, () => {}, { toManagers, toTokens: toManagers });
  let counted = { lists: 0, singles: 0 };
  return {
    clock,
    nsx,
    paths,
    client: system.clientWithin(noLimit),
    clientWithin: system.clientWithin,
    requests() {
      const lists = nsx.control.requests.find(/^GET .*\/segments(\?|$)/).length;
      const all = { lists, singles: nsx.control.requests.find(/^GET .*\/segments\/[^/?]+$/).length };
      const since = { lists: all.lists - counted.lists, singles: all.singles - counted.singles };
      counted = all;
      return since;
    },
    close: () => nsx.close(),
  };
}
