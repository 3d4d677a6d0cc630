import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { Resource } from "../core/definition.ts";
import { type Confidences, type Lifecycle, lifecycle, type OpenContext } from "../core/lifecycle.ts";
import type { System } from "../core/operation.ts";
import type { Run } from "../core/ownerMark.ts";
import { covers, touches } from "../core/propertyPath.ts";
import { connectNim } from "../nim/client.ts";
import { nim, nimSettings } from "../nim/settings.ts";
import { connectNsx } from "../nsx/client.ts";
import { nsx, nsxSettings } from "../nsx/settings.ts";
import { resources } from "../resources.ts";
import { type Clock, systemClock } from "../travel/clock.ts";
import { createDownload } from "../travel/download.ts";
import { proxySecrets } from "../travel/proxies.ts";
import { createSecrets } from "../travel/redaction.ts";
import { logged } from "../travel/requestLog.ts";
import { type ConfigReader, type Environment, expectSettings } from "../travel/settings.ts";
import { timeLimit } from "../travel/timeLimit.ts";
import type { TlsOptions } from "../travel/tls.ts";
import { type Transport, undiciTransport } from "../travel/transport.ts";
import { waitFor } from "../travel/wait.ts";
import { type DynamicProvider, dynamicProvider } from "./dynamic.ts";
import { engineLog, type Log } from "./engineLog.ts";
import { wayOut } from "./wayOut.ts";

/** What a provider takes from the world around it; tests put their own there. */
export interface World {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly log: Log;
  /** In place of the network. */
  readonly transport?: Transport;
}

/** The world of a plugin process; the engine gives its own address as the first argument. */
export const pluginWorld = (): World => ({
  environment: process.env,
  clock: systemClock,
  log: engineLog(process.argv[2]),
});

interface SystemSettings extends Omit<TlsOptions, "system"> {
  readonly endpoint: string;
  readonly maxConcurrency: number;
}

/** Pulumi's interface of one kind of resource. */
export type Provider = DynamicProvider & { configure(request: { config: ProviderConfig }): Promise<void> };

/** A stack's configuration, or an explicit provider's inputs. */
interface ProviderConfig {
  readonly get: ConfigReader;
  /** Its keys, of which Pulumi's reader has no list but this; without it no key is found to be none. */
  readonly rawConfig?: object;
}

export interface Providers {
  /** By the class's name in the SDK. */
  readonly byName: Readonly<Record<string, Provider>>;
  /** Logs out wherever a session is open. From then on nothing else is sent, also not what waits for its turn. */
  close(): Promise<void>;
}

/**
 * One provider for each kind of resource, all on the same connections: there is one session and one rate limit per
 * system in a process, however many resources and types a stack has.
 */
export function createProviders(world: World): Providers {
  let config: ConfigReader = () => undefined;
  let configKeys: readonly string[] = [];
  const run: Run = { id: randomUUID().slice(0, 8), began: world.clock.now() };
  const secrets = createSecrets();
  proxySecrets(world.environment).forEach(secrets.keep);
  const out = wayOut(world.log, secrets);
  const download = createDownload(world.environment);
  const connected = new Map<string, System<unknown>>();

  let closing = false;
  const ofClosing = new AsyncLocalStorage<true>();

  /** Systems of which nobody knows whether they are who they say; the first operation of each has a word about it. */
  const unverified = new Set<string>();

  /** The last thing before the network, where also those pass that have waited for their turn or for a retry. */
  function network(system: string, settings: SystemSettings): Transport {
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
      const system = keepingSecrets(nimSettings(config, world.environment));
      const { login, caCertificate } = system;
      const toServer = network("nim", system);
      if (login.auth !== "oidc") return connectNim(system, world.clock, secrets.keep, toServer);
      // Whatever is believed of a manager for once, what is sent for a token is worth more than one manager.
      const toTokens = network("nim", {
        endpoint: new URL(login.oidcTokenUrl).origin,
        caCertificate,
        maxConcurrency: 1,
      });
      return connectNim(system, world.clock, secrets.keep, toServer, toTokens);
    },
    nsx: () => {
      const system = keepingSecrets(nsxSettings(config, world.environment));
      const { login, caCertificate } = system;
      const toManagers = network("nsx", { ...system, ...(login.auth === "certificate" ? login : {}) });
      if (login.auth !== "vmc") return connectNsx(system, world.clock, secrets.keep, toManagers);
      const toTokens = network("nsx", { endpoint: login.vmcAuthUrl, caCertificate, maxConcurrency: 1 });
      return connectNsx(system, world.clock, secrets.keep, toManagers, toTokens);
    },
  };

  /** Systems in whose settings a preview finds nothing wrong. */
  const expected = new Set<string>();

  /** @throws for what is wrong in a system's settings, as far as a preview can know */
  function expectConfigured(system: string, owner: string): void {
    if (expected.has(system)) return;
    // A project of the system's name keeps its own configuration under it.
    const project = owner.split("urn:pulumi:").at(-1)?.split("::")[1];
    const keys = configKeys.filter((key) => project !== system && key.startsWith(`${system}:`));
    const names = keys.map((key) => key.slice(system.length + 1));
    if (system === "nim") expectSettings(nim, names, config, world.environment);
    if (system === "nsx") expectSettings(nsx, names, config, world.environment);
    expected.add(system);
  }

  function keepingSecrets<Settings extends { secrets: readonly string[] }>(settings: Settings): Settings {
    settings.secrets.forEach(secrets.keep);
    return settings;
  }

  function keep({ secrets: own, secretTexts, otherTexts }: Confidences): void {
    own.forEach(secrets.keep);
    secretTexts.forEach(secrets.keepWords);
    otherTexts.forEach(secrets.keepWithin);
  }

  function systemOf(name: string): System<unknown> {
    const known = connected.get(name) ?? connect[name]?.();
    if (!known) throw new Error(`No system is called ${name}.`);
    connected.set(name, known);
    return known;
  }

  const open: OpenContext = (name, owner, ignored, secret) => {
    const system = systemOf(name);
    const limit = timeLimit(world.clock, system.timeout, `${name}:timeout`);
    const urn = owner.slice(Math.max(owner.indexOf("urn:"), 0));
    if (unverified.delete(name)) out.warn(urn, unverifiedWords(name));
    return {
      client: system.clientWithin(limit),
      owner,
      run,
      ignores: (path) => covers(ignored, path),
      isSecret: (path) => touches(secret, path),
      conceal: (path, text) => (touches(secret, path) ? secrets.keepWords : secrets.keepWithin)(text),
      download: (uri, largest) => download(uri, largest, limit.signal),
      nonce: () => randomUUID().slice(0, 8),
      warn: (message) => out.warn(urn, message),
      waitFor: (look) => waitFor(look, { clock: world.clock, limit, onWaiting: (what) => out.progress(urn, what) }),
      backOff: (attempt) => world.clock.sleep(Math.random() * 50 * 2 ** attempt, limit.signal),
    };
  };

  // Pulumi calls other methods before `configure` has ended, so it only keeps the reader, and at once.
  const configure: Provider["configure"] = async (request) => {
    config = (key) => request.config.get(key);
    configKeys = Object.keys(request.config.rawConfig ?? {});
  };

  function lifecycleOf(resource: Resource): Lifecycle {
    const known = lifecycle(resource, open);
    return {
      ...known,
      check(olds, news) {
        expectConfigured(resource.definition.system, String(news.owner));
        return known.check(olds, news);
      },
    };
  }

  return {
    byName: Object.fromEntries(
      resources.map((resource) => [
        resource.definition.name,
        { ...dynamicProvider(lifecycleOf(resource), resource.definition.words, keep, out), configure },
      ]),
    ),
    close: async () => {
      closing = true;
      await ofClosing.run(true, () => Promise.all([...connected.values()].map((system) => system.close())));
    },
  };
}

const unverifiedWords = (system: string) =>
  `${system}:insecureSkipVerify is on: whoever stands between can read and change all that goes to and fro, the login included. ${system}:thumbprint trusts a single certificate, ${system}:caCertificate an authority.`;
