// The only file in here that knows the provider, by its public factory.
import { setTimeout } from "node:timers/promises";
import { createProviders } from "../../provider/pulumi/providers.ts";
import type { ProviderCalls } from "../tools/stack.ts";
import { simulatorTransport } from "../tools/world.ts";
import type { MakeProvider } from "./episode.ts";

export const realProvider: MakeProvider = (border, { provider, environment, clock, warn }) => {
  const { byName } = createProviders({
    environment,
    clock,
    log: { warn: (_, message) => warn(message), progress: () => {} },
    transport: (request) => simulatorTransport((asked) => border(asked, request.origin))(request),
  });
  return byName[provider] as unknown as ProviderCalls;
};

const others = Array.from({ length: 60 }, (_, number) => `other-${number}`);

/** Reads many at once, so that they are looked up in a list: what comes of the one among them is told. */
export const crowdedProvider: MakeProvider = (border, surroundings) => {
  const calls = realProvider(border, surroundings);
  return {
    ...calls,
    check: (...given) => calls.check(...given),
    diff: (...given) => calls.diff(...given),
    create: (...given) => calls.create(...given),
    update: (...given) => calls.update(...given),
    delete: (...given) => calls.delete(...given),
    async read(id, props) {
      const own = calls.read(id, props);
      const crowd = others.map((name) => {
        const state = JSON.parse(JSON.stringify(props).replaceAll("border", name));
        return calls.read(String(id).replace("border", name), state);
      });
      await Promise.allSettled([own, ...crowd]);
      return own;
    },
  };
};

/** The same over sockets and in real time. */
export function socketProvider(name: string, environment: Record<string, string>, warn: (message: string) => void) {
  const { byName, close } = createProviders({
    environment,
    clock: {
      now: Date.now,
      elapsed: () => performance.now(),
      sleep: (milliseconds, signal) => setTimeout(milliseconds, undefined, { signal }),
      signalAfter: (milliseconds) => AbortSignal.timeout(milliseconds),
    },
    log: { warn: (_, message) => warn(message), progress: () => {} },
  });
  return { calls: byName[name] as unknown as ProviderCalls, close };
}
