import { AsyncLocalStorage } from "node:async_hooks";
import type { System } from "../core/operation.ts";
import { connectNim } from "../nim/client.ts";
import { nimSettings } from "../nim/settings.ts";
import { nimNetwork } from "../nim/way.ts";
import { connectNsx } from "../nsx/client.ts";
import { nsxSettings } from "../nsx/settings.ts";
import { nsxNetwork } from "../nsx/way.ts";
import type { Clock } from "../travel/clock.ts";
import type { Secrets } from "../travel/redaction.ts";
import { logged } from "../travel/requestLog.ts";
import type { ConfigReader, Environment } from "../travel/settings.ts";
import { type NetworkOptions, type Transport, undiciTransport } from "../travel/transport.ts";
import type { WayOut } from "./wayOut.ts";

/** What connections need of the world around them. */
export interface Surroundings {
  readonly environment: Environment;
  readonly clock: Clock;
  /** In place of the network. */
  readonly transport?: Transport;
}

/** The systems of one configuration, each connected to when it is first asked for. */
export interface Connections {
  /** @throws an Error that names each setting that is missing or wrong */
  systemOf(name: string): System<unknown>;
  /** What is to be said, once, of a system of which nobody knows whether it is who it says. */
  warningOf(name: string): string | undefined;
  /** Logs out wherever a session is open. From then on nothing else is sent, also not what waits for its turn. */
  close(): Promise<void>;
}

/** @param config - gives the reader, which Pulumi may hand over late */
export function createConnections(
  world: Surroundings,
  config: () => ConfigReader,
  secrets: Pick<Secrets, "keep">,
  out: WayOut,
): Connections {
  const connected = new Map<string, System<unknown>>();
  let closing = false;
  const ofClosing = new AsyncLocalStorage<true>();

  /** Systems of which nobody knows whether they are who they say; the first operation of each has a word about it. */
  const unverified = new Set<string>();

  /** The last thing before the network, where also those pass that have waited for their turn or for a retry. */
  function network(system: string, settings: NetworkOptions): Transport {
    const { endpoint, maxConcurrency, insecureSkipVerify, thumbprint } = settings;
    if (insecureSkipVerify && thumbprint === undefined) unverified.add(system);
    const toServer =
      world.transport ?? undiciTransport(endpoint, { ...settings, system }, maxConcurrency, world.environment);
    const send = out.debug ? logged(toServer, endpoint, world.clock, out.debug) : toServer;
    return async (request) => {
      if (closing && !ofClosing.getStore()) throw new Error("Nothing is sent any more: the provider's process ends.");
      return send(request);
    };
  }

  const connect: Readonly<Record<string, () => System<unknown>>> = {
    nim: () => {
      const settings = keepingSecrets(nimSettings(config(), world.environment));
      return connectNim(settings, world.clock, secrets.keep, nimNetwork(settings, network));
    },
    nsx: () => {
      const settings = keepingSecrets(nsxSettings(config(), world.environment));
      return connectNsx(settings, world.clock, secrets.keep, nsxNetwork(settings, network));
    },
  };

  function keepingSecrets<Settings extends { secrets: readonly string[] }>(settings: Settings): Settings {
    settings.secrets.forEach(secrets.keep);
    return settings;
  }

  return {
    systemOf(name) {
      const known = connected.get(name) ?? connect[name]?.();
      if (!known) throw new Error(`No system is called ${name}.`);
      connected.set(name, known);
      return known;
    },
    warningOf: (name) => (unverified.delete(name) ? unverifiedWords(name) : undefined),
    close: async () => {
      closing = true;
      await ofClosing.run(true, () => Promise.all([...connected.values()].map((system) => system.close())));
    },
  };
}

const unverifiedWords = (system: string) =>
  `${system}:insecureSkipVerify is on: whoever stands between can read and change all that goes to and fro, the login included. ${system}:thumbprint trusts a single certificate, ${system}:caCertificate an authority.`;
