import { randomUUID } from "node:crypto";
import type { Resource } from "../core/definition.ts";
import { type Confidences, type Lifecycle, lifecycle, type OpenContext } from "../core/lifecycle.ts";
import type { Run } from "../core/ownerMark.ts";
import { covers, touches } from "../core/propertyPath.ts";
import { nim } from "../nim/settings.ts";
import { nsx } from "../nsx/settings.ts";
import { resources } from "../resources.ts";
import { type Clock, systemClock } from "../travel/clock.ts";
import { createDownload } from "../travel/download.ts";
import { proxySecrets } from "../travel/proxies.ts";
import { createSecrets } from "../travel/redaction.ts";
import { type ConfigReader, type Environment, expectSettings } from "../travel/settings.ts";
import { timeLimit } from "../travel/timeLimit.ts";
import type { Transport } from "../travel/transport.ts";
import { waitFor } from "../travel/wait.ts";
import { createConnections } from "./connections.ts";
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

/** Finds fault with the settings of each system. */
const expectSettingsOf: Readonly<Record<string, (...given: [readonly string[], ConfigReader, Environment]) => void>> = {
  nim: (...given) => expectSettings(nim, ...given),
  nsx: (...given) => expectSettings(nsx, ...given),
};

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
  const connections = createConnections(world, () => config, secrets, out);

  /** Systems in whose settings a preview finds nothing wrong. */
  const expected = new Set<string>();

  /** @throws for what is wrong in a system's settings, as far as a preview can know */
  function expectConfigured(system: string, owner: string): void {
    if (expected.has(system)) return;
    // A project of the system's name keeps its own configuration under it.
    const project = owner.split("urn:pulumi:").at(-1)?.split("::")[1];
    const keys = configKeys.filter((key) => project !== system && key.startsWith(`${system}:`));
    const names = keys.map((key) => key.slice(system.length + 1));
    expectSettingsOf[system]?.(names, config, world.environment);
    expected.add(system);
  }

  function keep({ secrets: own, secretTexts, otherTexts }: Confidences): void {
    own.forEach(secrets.keep);
    secretTexts.forEach(secrets.keepWords);
    otherTexts.forEach(secrets.keepWithin);
  }

  const open: OpenContext = (name, owner, ignored, secret) => {
    const system = connections.systemOf(name);
    const limit = timeLimit(world.clock, system.timeout, `${name}:timeout`);
    const urn = owner.slice(Math.max(owner.indexOf("urn:"), 0));
    const warning = connections.warningOf(name);
    if (warning) out.warn(urn, warning);
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
    close: connections.close,
  };
}
