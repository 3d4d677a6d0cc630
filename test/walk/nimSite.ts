// What is the same for all kinds of objects that NGINX Instance Manager keeps by name.
import type { NimSimulator, NimSimulatorOptions } from "../../simulators/nim/index.ts";
import { startNimSimulator } from "../../simulators/nim/index.ts";
import { ResourceRun } from "../tools/stack.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";
import { createTestWorld } from "../tools/world.ts";
import type { JsonObject } from "./shape.ts";
import type { Site } from "./subject.ts";

export const api = "/api/platform/v1";

export interface NimParts extends Pick<Site, "newRun" | "requests" | "breakAnswers" | "heal" | "close"> {
  simulator: NimSimulator;
  /** The newest versions of what is in a collection, by name. */
  all(collection: string): Map<string, JsonObject>;
}

/** Each system of a world has a `number`: the provider must not take objects of one for those of another. */
export async function startNim(type: string, number: number, options: NimSimulatorOptions): Promise<NimParts> {
  const clock = createVirtualClock();
  const simulator = await startNimSimulator({ port: false, nginx: false, now: clock.now, seed: number, ...options });
  const { control, handle, username, password } = simulator;
  return {
    simulator,
    newRun() {
      const environment = {
        NIM_ENDPOINT: `http://nim-${number}.invalid`,
        NIM_USERNAME: username,
        NIM_PASSWORD: password,
      };
      // A process begins after whatever was done before it.
      clock.advance(1_000);
      const { providers } = createTestWorld(handle, { clock, environment });
      const owner = `acme/urn:pulumi:dev::shop::pulumi-nodejs:dynamic/nim:${type}::walk-${number}`;
      return new ResourceRun(providers.byName[type] as never, { owner, __provider: "text" });
    },
    all(collection) {
      const found = new Map<string, JsonObject>();
      for (const { path, kind, body } of control.history.all()) {
        const [folder, name = "", more] = path.slice(api.length + 1).split("/");
        if (folder !== collection || more !== undefined) continue;
        if (kind === "delete") found.delete(name);
        else found.set(name, body);
      }
      return found;
    },
    requests: () => ({
      all: control.requests.count("* /**"),
      writes: ["PUT", "POST", "PATCH", "DELETE"].reduce(
        (sum, method) => sum + control.requests.count(`${method} ${api}/**`),
        0,
      ),
    }),
    breakAnswers: () => {
      for (const method of ["PUT", "POST"])
        control.faults.inject({
          match: `${method} ${api}/**`,
          fault: { kind: "reset", when: "after" },
          times: "always",
        });
    },
    heal: () => control.faults.clear(),
    close: () => simulator.close(),
  };
}
