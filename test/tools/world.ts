import { createProviders, type Providers, type World } from "../../provider/pulumi/providers.ts";
import { ConnectionError } from "../../provider/travel/errors.ts";
import type { Transport } from "../../provider/travel/transport.ts";
import { ConnectionReset, type SimHandler } from "../../simulators/kit/index.ts";
import { createVirtualClock, type VirtualClock } from "./virtualClock.ts";

/** A provider process without a process: the real provider on a simulator's function, with time that tests move. */
export interface TestWorld {
  readonly providers: Providers;
  /** What the user was told, by URN. */
  readonly warnings: { urn: string; message: string }[];
  /** From now on each answer takes so long, half of it before the server acts. */
  slowDown(milliseconds: number): void;
}

export interface TestWorldOptions {
  readonly environment: Record<string, string>;
  readonly clock?: VirtualClock;
}

export function createTestWorld(handle: SimHandler, options: TestWorldOptions): TestWorld {
  const warnings: TestWorld["warnings"] = [];
  const { environment, clock = createVirtualClock() } = options;
  const network = simulatorTransport(handle, environment.NSX_CLIENT_CERTIFICATE);
  let latency = 0;
  const slowNetwork: Transport = async (request) => {
    await clock.sleep(latency / 2);
    const answer = await network(request);
    await clock.sleep(latency / 2);
    return answer;
  };
  const world: World = {
    environment,
    clock,
    log: { warn: (urn, message) => warnings.push({ urn, message }), progress: () => {} },
    transport: (request) => (latency > 0 ? slowNetwork : network)(request),
  };
  return {
    providers: createProviders(world),
    warnings,
    slowDown: (milliseconds) => {
      latency = milliseconds;
    },
  };
}

/**
 * A transport straight into a simulator: what would be a broken connection is one here too.
 *
 * @param clientCertificate - what a handshake would have carried
 */
export function simulatorTransport(handle: SimHandler, clientCertificate?: string): Transport {
  return async ({ method, path, headers = {}, body = "" }) => {
    try {
      const remoteAddress = "127.0.0.1";
      const answer = await handle({ method, path, headers: { ...headers }, body, remoteAddress, clientCertificate });
      return { status: answer.status, headers: lowerCase(answer.headers), body: answer.body };
    } catch (error) {
      if (!(error instanceof ConnectionReset)) throw error;
      throw new ConnectionError("No whole answer: the connection was reset.", true, error);
    }
  };
}

function lowerCase<T>(headers: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
