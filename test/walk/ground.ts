// Where a walk's objects are: each on a system of its own, in this process; or in rooms of common systems, over HTTP and
// behind the real engine (engineGround.ts). What is walked and how it is judged is the same.
import type { NimControl } from "../../simulators/nim/index.ts";
import { startNimSimulator } from "../../simulators/nim/index.ts";
import { startNsxSimulator } from "../../simulators/nsx/index.ts";
import { ResourceRun } from "../tools/stack.ts";
import { createVirtualClock, type VirtualClock } from "../tools/virtualClock.ts";
import { createTestWorld } from "../tools/world.ts";
import { referredTo } from "./segmentStates.ts";
import type { JsonObject } from "./shape.ts";
import type { Run, Site } from "./subject.ts";

/** A place for the objects of one site, in which nobody else's are seen. */
type Room = Pick<Site, "requests" | "breakAnswers" | "heal" | "close">;

export interface NsxRoom extends Room {
  newRun(): Run;
  object(path: string): JsonObject | undefined;
  segments(): JsonObject[];
  /** As another user; throws if the manager refuses. */
  change(path: string, body: JsonObject): void;
}

export const collections = ["certs", "users", "groups", "roles", "instance-groups"] as const;
export type Collection = (typeof collections)[number];

export interface NimRoom extends Room {
  /** @param also - arguments that every program has here */
  newRun(also?: JsonObject): Run;
  /** The instances asked for. */
  readonly instances: readonly Instance[];
  /** The newest versions of what is in a collection, by name. */
  all(collection: Collection): Map<string, JsonObject>;
  /** As another user; throws if NIM refuses. */
  write(collection: Collection, name: string, body: JsonObject): void;
  /** NIM's history and what is done to the files of instances. */
  readonly control: Pick<NimControl, "history" | "editConfig" | "settled">;
  /** A request of the administrator's. */
  send(method: "POST" | "PUT" | "PATCH", path: string, body: JsonObject): Promise<void>;
  /** The name that an object of the walk's has here. */
  inside(name: string): string;
}

export interface Instance {
  readonly hostname: string;
  readonly systemUid: string;
  readonly instanceUid: string;
}

/** Instances that a site needs: so many that others use as well, or some alone, each on a system of its own. */
export type Instances = number | keyof typeof ownInstances;
export const ownInstances = { "one of its own": 1, "two of its own": 2 } as const;

export interface Ground {
  /** @param number - of the site in its world: the provider must not take objects of one for those of another */
  nsx(strategy: string, number: number): Promise<NsxRoom>;
  nim(type: string, number: number, instances: Instances): Promise<NimRoom>;
}

export const nimApi = "/api/platform/v1";
export const nimWrites = ["PUT", "POST", "PATCH", "DELETE"].map((method) => `${method} ${nimApi}/**`);
export const nsxWrites = ["PUT", "PATCH", "DELETE"].map((method) => `${method} /policy/**`);
/** What makes or changes an object, and may lose its answer. */
export const nimChanges = ["PUT", "POST", "PATCH"].map((method) => `${method} ${nimApi}/**`);
export const nsxChanges = ["PUT", "PATCH"].map((method) => `${method} /policy/**`);

/** DHCP ranges may go: what the provider sends is the question, not what NSX refuses. */
export const nsxOfWalks = { frozenDhcpRanges: false };

/** Each site on a simulator of its own, and the provider in this process. */
export const ownSystems: Ground = {
  async nsx(strategy, number) {
    const clock = createVirtualClock();
    const simulator = await startNsxSimulator({ port: false, now: clock.now, seed: number, switches: nsxOfWalks });
    const { control, username, password } = simulator;
    for (const [path, body] of Object.entries(referredTo)) control.change(path, body, "admin");
    const environment = {
      NSX_ENDPOINT: `https://nsx-${number}.invalid`,
      NSX_USERNAME: username,
      NSX_PASSWORD: password,
      NSX_WRITE_STRATEGY: strategy,
    };
    return {
      ...roomOf(simulator, nsxWrites, nsxChanges),
      newRun: () => runOf(simulator, { clock, environment }, { system: "nsx", type: "NsxSegment", number }),
      object: control.object,
      segments: () => control.objects().filter(({ resource_type }) => resource_type === "Segment"),
      change: (path, body) => void control.change(path, body, "alice"),
    };
  },

  async nim(type, number, instances) {
    const clock = createVirtualClock();
    const hostnames =
      typeof instances === "number"
        ? ["web-1", "web-2", "web-3"].slice(0, instances)
        : [`web-${number}`, `web-${number}-2`].slice(0, ownInstances[instances]);
    const systems = hostnames.map((hostname) => ({ hostname }));
    const simulator = await startNimSimulator({ port: false, nginx: false, now: clock.now, seed: number, systems });
    const { control, username, password } = simulator;
    const environment = {
      NIM_ENDPOINT: `https://nim-${number}.invalid`,
      NIM_USERNAME: username,
      NIM_PASSWORD: password,
    };
    return {
      ...roomOf(simulator, nimWrites, nimChanges),
      newRun(also) {
        // A process begins after whatever was done before it.
        clock.advance(1_000);
        return runOf(simulator, { clock, environment }, { system: "nim", type, number, also });
      },
      instances: simulator.instances,
      control,
      all: (collection) => newestOf(control, collection),
      write: (collection, name, body) => void control.write(collection, name, body, "alice"),
      send: (method, path, body) => sendAs(simulator, method, path, body),
      inside: (name) => name,
    };
  },
};

type Simulator = Awaited<ReturnType<typeof startNsxSimulator>> | Awaited<ReturnType<typeof startNimSimulator>>;

function roomOf({ control, close }: Simulator, writes: readonly string[], changes: readonly string[]): Room {
  return {
    requests: () => ({
      all: control.requests.count("* /**"),
      writes: writes.reduce((sum, pattern) => sum + control.requests.count(pattern), 0),
    }),
    breakAnswers: () => {
      for (const match of changes)
        control.faults.inject({ match, fault: { kind: "reset", when: "after" }, times: "always" });
    },
    heal: () => control.faults.clear(),
    close,
  };
}

interface Resource {
  system: string;
  type: string;
  number: number;
  also?: JsonObject | undefined;
}

function runOf(
  { handle }: Simulator,
  options: { clock: VirtualClock; environment: Record<string, string> },
  { system, type, number, also }: Resource,
): ResourceRun {
  const { providers } = createTestWorld(handle, options);
  const owner = `acme/urn:pulumi:dev::shop::pulumi-nodejs:dynamic/${system}:${type}::walk-${number}`;
  return new ResourceRun(providers.byName[type] as never, { ...also, owner, __provider: "text" });
}

export function newestOf({ history }: Pick<NimControl, "history">, collection: string): Map<string, JsonObject> {
  const found = new Map<string, JsonObject>();
  for (const { path, kind, body } of history.all()) {
    const [folder, key = "", more] = path.slice(nimApi.length + 1).split("/");
    if (folder !== collection || more !== undefined) continue;
    // Instance groups are kept by uid.
    const name = folder === "instance-groups" ? String(body.name) : key;
    if (kind === "delete") found.delete(name);
    else found.set(name, body);
  }
  return found;
}

export async function sendAs(
  { handle, username, password }: Pick<Simulator, "handle" | "username" | "password">,
  method: string,
  path: string,
  body?: JsonObject,
): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const headers = { authorization, "content-type": "application/json" };
  await handle({ method, path, headers, body: body ? JSON.stringify(body) : "", remoteAddress: "127.0.0.1" });
}
