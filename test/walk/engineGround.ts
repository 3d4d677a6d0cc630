// Rooms for the objects of many walks on one NSX and one NIM, behind the real engine. Each room has names of its own, of
// which the walk in it knows nothing.
import { startNimSimulator } from "../../simulators/nim/index.ts";
import { startNsxSimulator } from "../../simulators/nsx/index.ts";
import { EngineStack } from "./engineStack.ts";
import {
  type Collection,
  collections,
  type Ground,
  type Instances,
  type NimRoom,
  type NsxRoom,
  newestOf,
  nimApi,
  nimChanges,
  nsxChanges,
  nsxOfWalks,
  ownInstances,
  sendAs,
} from "./ground.ts";
import { referredTo } from "./segmentStates.ts";
import type { Program } from "./subject.ts";

export interface EngineGroundOptions {
  /** `nsx:writeStrategy` of the stack, whatever a walk would like. */
  strategy?: string;
  /** Instances that configs may be on at once. */
  instances: number;
  /** Of the CLI and everything that it starts. */
  env?: Record<string, string>;
}

/** Gateways that walks attach segments to: a room has its own, since no two segments of one may overlap. */
const gateways = ["/infra/tier-1s/t1-web", "/infra/tier-1s/t1-2"];

const shared = ["shared-1", "shared-2", "shared-3"];

export async function createEngineGround(options: EngineGroundOptions) {
  const { strategy = "put", env = {} } = options;
  const alone = Array.from({ length: options.instances }, (_, i) => `alone-${i + 1}`);
  const systems = [...shared, ...alone].map((hostname) => ({ hostname }));
  const switches = { duplicateSerial: "allow" } as const;
  const [nsx, nim] = await Promise.all([
    startNsxSimulator({ switches: nsxOfWalks }),
    startNimSimulator({ nginx: false, systems, switches }),
  ]);
  for (const [path, body] of Object.entries(referredTo)) nsx.control.change(path, body, "admin");
  const instancesOf = (hostnames: string[]) => nim.instances.filter(({ hostname }) => hostnames.includes(hostname));
  const free = instancesOf(alone);
  const stack = await EngineStack.create({
    config: { "nsx:endpoint": nsx.url, "nim:endpoint": nim.url },
    env: {
      NSX_USERNAME: nsx.username,
      NSX_PASSWORD: nsx.password,
      NSX_WRITE_STRATEGY: strategy,
      NSX_MAX_REQUESTS_PER_SECOND: "1000",
      NIM_USERNAME: nim.username,
      NIM_PASSWORD: nim.password,
      NIM_MAX_REQUESTS_PER_SECOND: "1000",
      ...env,
    },
    breakAnswers() {
      const fault = { kind: "reset", when: "after" } as const;
      for (const match of nsxChanges) nsx.control.faults.inject({ match, fault, times: "always" });
      for (const match of nimChanges) nim.control.faults.inject({ match, fault, times: "always" });
    },
    heal() {
      for (const { control } of [nsx, nim]) control.faults.clear();
    },
  });

  /** Requests that name a room's objects, by the room's mark. */
  const counts = new Map<string, { all: number; writes: number }>();
  const marks = /\br\d+-|[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g;
  for (const { control } of [nsx, nim]) {
    control.hook({
      before({ method, path, body }) {
        for (const mark of new Set(`${path} ${body}`.match(marks) ?? [])) {
          const known = counts.get(mark) ?? { all: 0, writes: 0 };
          counts.set(mark, { all: known.all + 1, writes: known.writes + (method === "GET" ? 0 : 1) });
        }
      },
    });
  }
  let rooms = 0;

  /** @param own - what only this room's requests name, where its objects have no names */
  function roomOf(type: string, own: readonly string[] = []) {
    rooms += 1;
    const name = `r${rooms}`;
    let isBroken = false;
    const wanted = { type, name };
    return {
      name,
      run: (asHere: (program: Program) => Program) => stack.run(wanted, asHere, () => isBroken),
      leave: () => stack.leave(wanted),
      room: {
        requests: () => {
          const all = (own.length > 0 ? own : [`${name}-`]).map((mark) => counts.get(mark) ?? { all: 0, writes: 0 });
          return {
            all: all.reduce((sum, count) => sum + count.all, 0),
            writes: all.reduce((sum, count) => sum + count.writes, 0),
          };
        },
        breakAnswers: () => {
          isBroken = true;
        },
        heal: () => {
          isBroken = false;
        },
      },
    };
  }

  async function nsxRoom(): Promise<NsxRoom> {
    const { name, run, leave, room } = roomOf("nsx:NsxSegment");
    const { object, objects, change, delete: remove } = nsx.control;
    const inside = <T>(value: T): T => replaced(value, /\b(?=walk|t1-)/g, `${name}-`);
    const outside = <T>(value: T): T => replaced(value, new RegExp(`\\b${name}-`, "g"), "");
    for (const path of gateways) change(inside(path), { tier0_path: object(path)?.tier0_path ?? null }, "admin");
    const mine = () =>
      objects().filter(({ id, resource_type }) => resource_type === "Segment" && String(id).startsWith(`${name}-`));
    return {
      ...room,
      newRun: () => run(inside),
      object: (path) => outside(object(inside(path))),
      segments: () => outside(mine()),
      change: (path, body) => void change(inside(path), inside(body), "alice"),
      async close() {
        leave();
        for (const { path } of mine()) remove(String(path), "admin", true);
        for (const path of gateways) remove(inside(path), "admin", true);
      },
    };
  }

  async function nimRoom(type: string, instances: Instances): Promise<NimRoom> {
    const count = typeof instances === "number" ? 0 : ownInstances[instances];
    const own = free.splice(free.length - count);
    if (own.length < count) throw new Error("no instance is free");
    const marks = own.map(({ systemUid, instanceUid }) => (type === "SystemTags" ? systemUid : instanceUid));
    const { name, run, leave, room } = roomOf(`nim:${type}`, marks);
    const { control } = nim;
    const inside = (known: string) => `${name}-${known}`;
    const all = (collection: Collection) => {
      const found = [...newestOf(control, collection)].filter(([known]) => known.startsWith(`${name}-`));
      return new Map(found.map(([known, body]) => [known.slice(name.length + 1), body]));
    };
    return {
      ...room,
      newRun: (also) =>
        run((program) => ({
          ...program,
          ...also,
          ...(program.name !== undefined && { name: inside(String(program.name)) }),
        })),
      instances: typeof instances === "number" ? instancesOf(shared.slice(0, instances)) : own,
      control,
      all,
      write: (collection, known, body) => {
        const named = replaced(body, `"name":${JSON.stringify(known)}`, `"name":${JSON.stringify(inside(known))}`);
        control.write(collection, inside(known), named, "alice");
      },
      send: (method, path, body) => sendAs(nim, method, path, body),
      inside,
      async close() {
        leave();
        // The next episode on these systems finds them as they are when an agent registers.
        if (type === "SystemTags")
          for (const { systemUid } of own) await sendAs(nim, "PATCH", `${nimApi}/systems/${systemUid}`, { tags: [] });
        free.unshift(...own);
        for (const [uid, { configName }] of newestOf(control, "configs")) {
          if (String(configName).startsWith(`${name}-`)) await sendAs(nim, "DELETE", `${nimApi}/configs/${uid}`);
        }
        for (const collection of collections) {
          for (const [known, { uid }] of all(collection)) {
            const key = collection === "instance-groups" ? String(uid) : inside(known);
            await sendAs(nim, "DELETE", `${nimApi}/${collection}/${key}`);
          }
        }
      },
    };
  }

  const ground: Ground = { nsx: () => nsxRoom(), nim: (type, _number, instances) => nimRoom(type, instances) };
  return {
    ...ground,
    stack,
    close: async () => {
      await Promise.all([stack.close(), nsx.close(), nim.close()]);
    },
  };
}

/** A value with a text in it replaced, wherever it stands. */
function replaced<T>(value: T, from: string | RegExp, to: string): T {
  return value === undefined ? value : JSON.parse(JSON.stringify(value).replaceAll(from, to));
}
