import { randomUUID } from "node:crypto";
import { type Confidences, lifecycle, type OpenContext } from "../core/lifecycle.ts";
import type { System } from "../core/operation.ts";
import type { Run } from "../core/ownerMark.ts";
import { covers, touches } from "../core/propertyPath.ts";
import { connectNim } from "../nim/client.ts";
import { connectNsx } from "../nsx/client.ts";
import { resources } from "../resources.ts";
import { type Clock, systemClock } from "../travel/clock.ts";
import { type ConfigReader, type Environment, nimConfig, nsxConfig } from "../travel/config.ts";
import type { Transport } from "../travel/http.ts";
import { timeLimit } from "../travel/timeLimit.ts";
import { createSecrets } from "../travel/redaction.ts";
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

/** Pulumi's interface of one kind of resource. */
export type Provider = DynamicProvider & { configure(request: { config: { get: ConfigReader } }): Promise<void> };

export interface Providers {
  /** By the class's name in the SDK. */
  readonly byName: Readonly<Record<string, Provider>>;
  /** Logs out wherever a session is open. */
  close(): Promise<void>;
}

/**
 * One provider for each kind of resource, all on the same connections: there is one session and one rate limit per
 * system in a process, however many resources and types a stack has.
 */
export function createProviders(world: World): Providers {
  let config: ConfigReader = () => undefined;
  const run: Run = { id: randomUUID().slice(0, 8), began: world.clock.now() };
  const secrets = createSecrets();
  const out = wayOut(world.log, secrets);
  const connected = new Map<string, System<unknown>>();

  const connect: Readonly<Record<string, () => System<unknown>>> = {
    nim: () => connectNim(keepingPassword(nimConfig(config, world.environment)), world.clock, world.transport),
    nsx: () =>
      connectNsx(keepingPassword(nsxConfig(config, world.environment)), world.clock, secrets.keep, world.transport),
  };

  function keepingPassword<Settings extends { password: string }>(settings: Settings): Settings {
    secrets.keep(settings.password);
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
    return {
      client: system.clientWithin(limit),
      owner,
      run,
      ignores: (path) => covers(ignored, path),
      isSecret: (path) => touches(secret, path),
      nonce: () => randomUUID().slice(0, 8),
      warn: (message) => out.warn(urn, message),
      waitFor: (look) => waitFor(look, { clock: world.clock, limit, onWaiting: (what) => out.progress(urn, what) }),
      backOff: (attempt) => world.clock.sleep(Math.random() * 50 * 2 ** attempt, limit.signal),
    };
  };

  // Pulumi calls other methods before `configure` has ended, so it only keeps the reader, and at once.
  const configure: Provider["configure"] = async (request) => {
    config = (key) => request.config.get(key);
  };

  return {
    byName: Object.fromEntries(
      resources.map((resource) => [
        resource.definition.name,
        { ...dynamicProvider(lifecycle(resource, open), resource.definition.words, keep, out), configure },
      ]),
    ),
    close: async () => {
      await Promise.all([...connected.values()].map((system) => system.close()));
    },
  };
}
