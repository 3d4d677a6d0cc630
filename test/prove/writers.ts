// Who writes the segment: our provider on its real code, and colleagues with the habits that people and tools have.
import { isDeepStrictEqual } from "node:util";
import type { Answer, Request } from "../../provider/travel/transport.ts";
import type { Properties } from "../tools/stack.ts";
import { type Arena, madeWith, ownerOf, type Settings, segmentPath, type User } from "./arena.ts";
import { anything, type Edit, fieldsOf, type Intent, ownerScope } from "./history.ts";

/** How a writer's work ended, as the writer knows it. */
export type Outcome =
  | { readonly kind: "done"; readonly outputs?: Properties | undefined }
  | { readonly kind: "gave up"; readonly message: string };

export type Send = (method: Request["method"], body?: Properties, query?: Query) => Promise<Answer>;

export interface Query {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Writer {
  readonly user: User;
  /** Whether it is our provider: then its requests may meet with mishaps, and its outcome is judged. */
  readonly isOurs: boolean;
  /** The fields that it manages, where it is ours: a conflict in another one is a false one. */
  readonly managed: ReadonlySet<string>;
  /** Whether it has no state of the run before: once somebody else has written, it cannot tell whose a value is. */
  readonly hasNoState?: boolean;
  /** What a success has left on the server, where it is ours; `undefined` after a delete. */
  readonly wanted?: ReadonlyMap<string, unknown> | undefined;
  /** @param state - the outputs in the stack's state before anybody writes */
  intent(state: Properties): Intent;
  act(arena: Arena, state: Properties, send: Send): Promise<Outcome>;
}

const names: Readonly<Record<string, string>> = {
  displayName: "display_name",
  description: "description",
  adminState: "admin_state",
  domainName: "domain_name",
  tags: "tags",
};

/** Arguments as fields of the object on the wire. */
function fieldsOfArgs(args: Properties): Map<string, unknown> {
  const wire = Object.entries(args).flatMap(([key, value]) => (names[key] ? [[names[key], value]] : []));
  return fieldsOf(Object.fromEntries(wire));
}

/** Whose the object is; what follows the fourth part tells which write left the mark, and is not compared. */
const markOf = (body: Properties) =>
  (body.tags as { scope: string; tag: string }[] | undefined)
    ?.find(({ scope }) => scope === ownerScope)
    ?.tag.split("/")
    .slice(0, 4)
    .join("/");

/** `pulumi up` of a changed program. */
export function update(user: "ours" | "twin", changes: Properties, settings: Settings = {}): Writer {
  const news: Properties = { ...madeWith, ...changes };
  const [applied, wanted] = [fieldsOfArgs(madeWith), fieldsOfArgs(news)];
  const managed = new Set([...applied.keys(), ...wanted.keys()]);
  const overwrites = settings.NSX_ON_CONFLICT === "overwrite";
  const fields = new Map<string, Edit>();
  for (const field of managed) {
    const [from, to] = [applied.get(field), wanted.get(field)];
    if (overwrites) fields.set(field, { to });
    else if (!isDeepStrictEqual(from, to)) fields.set(field, { over: [from], to });
  }
  // A managed field that somebody else changed stays as it is where the user says so.
  const judged = settings.NSX_ON_CONFLICT === "preserve" ? changedOf(fields) : wanted;
  return {
    user,
    isOurs: true,
    managed,
    wanted: judged,
    intent: ({ uniqueId }) => ({
      fields: withAnyMark(fields),
      owns: (body) => markOf(body)?.startsWith("shop/dev/") ?? body.unique_id === uniqueId,
    }),
    act: (arena, state) =>
      outcomeOf(async () => {
        const owner = ownerOf("dev");
        const olds = { ...state, owner };
        const { outs } = await arena.provider(user, settings).update(segmentPath, olds, { ...news, owner });
        return outs as Properties;
      }),
  };
}

/** Two `pulumi up` in a row, each with another description: the second goes by what the first has left in the state. */
export function updateTwice(user: "ours" | "twin", settings: Settings = {}): Writer {
  const second = update(user, { description: "two" }, settings);
  const overwrites = settings.NSX_ON_CONFLICT === "overwrite";
  const description: Edit = { ...(overwrites ? {} : { over: [madeWith.description, "one"] }), to: anything };
  return {
    ...second,
    intent(state) {
      const { fields, ...rest } = second.intent(state);
      return { ...rest, fields: new Map([...fields, ["description", description]]) };
    },
    async act(arena, state, send) {
      const first = await update(user, { description: "one" }, settings).act(arena, state, send);
      return first.kind === "done" && first.outputs ? second.act(arena, first.outputs, send) : first;
    },
  };
}

function changedOf(fields: ReadonlyMap<string, Edit>): Map<string, unknown> {
  return new Map([...fields].map(([field, { to }]) => [field, to]));
}

/** `pulumi up` of a program that has the segment for the first time, in one stack or another. */
export function create(user: "ours" | "twin" | "other", changes: Properties, settings: Settings = {}): Writer {
  const args: Properties = { ...madeWith, ...changes };
  const owner = ownerOf(user === "other" ? "prod" : "dev");
  const project = user === "other" ? "shop/prod/" : "shop/dev/";
  const wanted = fieldsOfArgs(args);
  const owns = (body: Properties) => args.adopt === true || markOf(body)?.startsWith(project) === true;
  // What its own interrupted run left is written over, and with adopt: true what anybody left.
  const left = fieldsOfArgs(madeWith);
  const over = (field: string, to: unknown) => (args.adopt === true ? {} : { over: [left.get(field), to] });
  const fields = new Map<string, Edit>([...wanted].map(([field, to]) => [field, { ...over(field, to), to }]));
  // What its own interrupted run had put there, and the program no longer says, goes.
  const given = [...left].filter(([field]) => user !== "other" && !wanted.has(field));
  for (const [field, from] of given) fields.set(field, { over: [from], to: undefined });
  return {
    user,
    isOurs: true,
    managed: new Set(wanted.keys()),
    hasNoState: true,
    wanted,
    intent: () => ({ fields: withAnyMark(fields), owns }),
    act: (arena) =>
      outcomeOf(async () => (await arena.provider(user, settings).create({ ...args, owner })).outs as Properties),
  };
}

/** Two runs of one stack put their own marks on the object; whether it is the stack's at all, `owns` says. */
function withAnyMark(fields: ReadonlyMap<string, Edit>): Map<string, Edit> {
  return new Map([...fields, [`tags[${ownerScope}]`, { to: anything }]]);
}

/** `pulumi destroy`. */
export function destroy(user: "ours" | "twin", settings: Settings = {}): Writer {
  return {
    user,
    isOurs: true,
    managed: new Set(),
    intent: ({ ownerMark, uniqueId }) => ({
      fields: new Map(),
      owns: (body) => (markOf(body) === undefined ? body.unique_id === uniqueId : markOf(body) === ownerMark),
    }),
    act: (arena, state) =>
      outcomeOf(async () => {
        await arena.provider(user, settings).delete(segmentPath, { ...state, owner: ownerOf("dev") });
        return undefined;
      }),
  };
}

async function outcomeOf(run: () => Promise<Properties | undefined>): Promise<Outcome> {
  try {
    return { kind: "done", outputs: await run() };
  } catch (error) {
    return { kind: "gave up", message: (error as Error).message };
  }
}

export interface FieldEdit {
  readonly field: "display_name" | "description" | "admin_state" | "domain_name" | "replication_mode" | "tag";
  readonly value: string;
}

const colleague = (user: User, intent: Intent, act: (send: Send) => Promise<void>): Writer => ({
  user,
  isOurs: false,
  managed: new Set(),
  intent: () => intent,
  act: async (_arena, _state, send) => {
    await act(send);
    return { kind: "done" };
  },
});

function intentOf(edits: readonly FieldEdit[]): Intent {
  const named = edits.map(({ field, value }): [string, Edit] =>
    field === "tag" ? [`tags[team=${value}]`, { to: { scope: "team", tag: value } }] : [field, { to: value }],
  );
  return { fields: new Map(named) };
}

function edited(body: Properties, { field, value }: FieldEdit): Properties {
  if (field !== "tag") return { ...body, [field]: value };
  const tags = ((body.tags ?? []) as { scope: string }[]).filter(({ scope }) => scope !== "team");
  return { ...body, tags: [...tags, { scope: "team", tag: value }] };
}

export const bodyOf = (answer: Answer): Properties => JSON.parse(answer.body);

/** Edits as NSX's own interface does: read, change, PUT with the revision; a stale one leaves the edit undone. */
export function careful(user: User, ...edits: FieldEdit[]): Writer {
  return colleague(user, intentOf(edits), async (send) => {
    for (const edit of edits) {
      const read = await send("GET");
      if (read.status === 200) await send("PUT", edited(bodyOf(read), edit));
    }
  });
}

/** The same through the hierarchical API. */
export function hierarchical(user: User, ...edits: FieldEdit[]): Writer {
  return colleague(user, intentOf(edits), async (send) => {
    for (const edit of edits) {
      const read = await send("GET");
      if (read.status !== 200) continue;
      const Segment = edited(bodyOf(read), edit);
      const tree = { resource_type: "Infra", children: [{ resource_type: "ChildSegment", Segment }] };
      await send("PATCH", tree, { path: "/policy/api/v1/infra?enforce_revision_check=true" });
    }
  });
}

/** Scripts that PATCH the one field that they are about, whatever else is there. */
export function script(user: User, ...edits: FieldEdit[]): Writer {
  return colleague(user, intentOf(edits), async (send) => {
    const headers = { "nsx-enable-partial-patch": "true" };
    for (const edit of edits) await send("PATCH", edited({}, edit), { headers });
  });
}

/** Deletes the segment by hand, and perhaps makes one of the same name. */
export function remover(user: User, { remakes = false } = {}): Writer {
  return colleague(user, { fields: new Map(), owns: () => true }, async (send) => {
    await send("DELETE");
    if (remakes) await send("PUT", { display_name: "made by hand" });
  });
}

/** Makes a segment of that name by hand; where there is one, the server refuses. */
export function maker(user: User): Writer {
  return colleague(user, { fields: new Map() }, async (send) => {
    await send("PUT", { display_name: "made by hand" });
  });
}
