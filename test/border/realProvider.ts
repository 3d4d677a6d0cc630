// The only file in here that knows the provider, by its public factory.
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

/** The same over sockets and in real time. */
export function socketProvider(name: string, environment: Record<string, string>, warn: (message: string) => void) {
  const { byName, close } = createProviders({
    environment,
    clock: { now: Date.now, sleep: (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds)) },
    log: { warn: (_, message) => warn(message), progress: () => {} },
  });
  return { calls: byName[name] as unknown as ProviderCalls, close };
}
