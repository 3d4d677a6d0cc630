// What is tried in every order: which writers meet, and what the simulated manager is like.
import { type NsxSwitches, nsxSwitches } from "../../simulators/nsx/index.ts";
import { otherPositions } from "../tools/switchPositions.ts";
import type { Settings } from "./arena.ts";
import {
  careful,
  create,
  destroy,
  type FieldEdit,
  hierarchical,
  maker,
  remover,
  script,
  update,
  updateTwice,
  type Writer,
} from "./writers.ts";

export interface Scenario {
  readonly name: string;
  /** Whether the stack has made the segment before anybody writes. */
  readonly exists: boolean;
  readonly writers: readonly Writer[];
}

/** The two ways in which our provider writes. */
export const strategies: readonly (readonly [string, Settings])[] = [
  ["PUT", {}],
  ["hierarchical PATCH", { NSX_WRITE_STRATEGY: "hierarchical" }],
];

const unmanaged: FieldEdit = { field: "domain_name", value: "example.org" };
const anotherUnmanaged: FieldEdit = { field: "replication_mode", value: "SOURCE" };
const theirTag: FieldEdit = { field: "tag", value: "theirs" };
const drift: FieldEdit = { field: "admin_state", value: "DOWN" };
const collision: FieldEdit = { field: "description", value: "theirs" };
const sameAsOurs: FieldEdit = { field: "description", value: "ours" };
const asMade: FieldEdit = { field: "description", value: "as made" };

const keep: Settings = { NSX_ON_CONFLICT: "preserve" };
const ours = { description: "ours" };
const oursWithTags = { description: "ours", tags: [{ scope: "env", tag: "stage" }] };

/** @param settings - of our provider, such as the way in which it writes */
export function pairs(settings: Settings): Scenario[] {
  const update_ = (changes = ours, more: Settings = {}) => update("ours", changes, { ...settings, ...more });
  const meets = (name: string, ...writers: Writer[]): Scenario => ({ name, exists: true, writers });
  return [
    meets("update, and edits of what nobody manages", update_(), careful("alice", unmanaged, theirTag)),
    meets("update, and a script that PATCHes", update_(oursWithTags), script("alice", unmanaged, anotherUnmanaged)),
    meets("update, and edits through the tree", update_(), hierarchical("alice", unmanaged, theirTag)),
    meets("update, and drift of a managed field", update_(), careful("alice", unmanaged, drift)),
    meets("update, and an edit of the same field", update_(), careful("alice", collision, unmanaged)),
    meets("update, and a script on the same field", update_(), script("alice", collision, unmanaged)),
    meets("update, and the same edit", update_(), careful("alice", sameAsOurs, unmanaged)),
    meets(
      "update that keeps drift",
      update_(ours, { NSX_ON_CONFLICT: "preserve" }),
      careful("alice", drift, unmanaged),
    ),
    meets(
      "update that writes over",
      update_(ours, { NSX_ON_CONFLICT: "overwrite" }),
      careful("alice", drift, collision),
    ),
    meets("two updates in a row, and drift", updateTwice("ours", settings), careful("alice", drift, unmanaged)),
    meets(
      "two in a row that keep drift",
      updateTwice("ours", { ...settings, ...keep }),
      script("alice", drift, collision),
    ),
    meets("two updates of one stack", update_(), update("twin", { displayName: "twin" }, settings)),
    meets("update, and a delete by hand", update_(), remover("alice")),
    meets("update, and made again by hand", update_(), remover("alice", { remakes: true })),
    meets("update, and destroy in another process", update_(), destroy("twin", settings)),
    meets("update, and another stack takes over", update_(), create("other", { adopt: true }, settings)),
    meets("destroy, and edits by hand", destroy("ours", settings), careful("alice", unmanaged, theirTag)),
    meets("destroy, and a delete by hand", destroy("ours", settings), remover("alice")),
    { name: "create, and a create by hand", exists: false, writers: [create("ours", {}, settings), maker("alice")] },
    {
      name: "create in two processes of one stack",
      exists: false,
      writers: [create("ours", {}, settings), create("twin", {}, settings)],
    },
    {
      name: "create in two stacks",
      exists: false,
      writers: [create("ours", {}, settings), create("other", {}, settings)],
    },
    {
      name: "create, and made and deleted by hand",
      exists: false,
      writers: [create("ours", {}, settings), remover("alice", { remakes: true })],
    },
    {
      name: "create again, over an interrupted run",
      exists: true,
      writers: [create("ours", ours, settings), careful("alice", unmanaged)],
    },
  ];
}

/** Three at a time. */
export function triples(settings: Settings): Scenario[] {
  const meets = (name: string, ...writers: Writer[]): Scenario => ({ name, exists: true, writers });
  const updated = (changes = ours, more: Settings = {}) => update("ours", changes, { ...settings, ...more });
  const twin = update("twin", { displayName: "twin" }, settings);
  return [
    meets(
      "update, UI and script",
      updated(),
      careful("alice", unmanaged, theirTag),
      script("bob", anotherUnmanaged, drift),
    ),
    meets(
      "update, UI and UI",
      updated(oursWithTags),
      careful("alice", unmanaged, theirTag),
      careful("bob", anotherUnmanaged, drift),
    ),
    meets(
      "update, UI on the same field, tree",
      updated(),
      careful("alice", collision, unmanaged),
      hierarchical("bob", anotherUnmanaged),
    ),
    meets("two updates of one stack, and UI", updated(), twin, careful("alice", unmanaged, theirTag)),
    meets("update, destroy elsewhere, and UI", updated(), destroy("twin", settings), careful("alice", unmanaged)),
    meets(
      "update, made again by hand, and script",
      updated(),
      remover("alice", { remakes: true }),
      script("bob", unmanaged),
    ),
    meets(
      "update that keeps drift, and two more",
      updated(ours, { NSX_ON_CONFLICT: "preserve" }),
      careful("alice", drift, unmanaged),
      script("bob", anotherUnmanaged, theirDescription),
    ),
    meets(
      "keeps drift of what was right before",
      updated(ours, { NSX_ON_CONFLICT: "preserve" }),
      script("alice", sameAsOurs),
      script("bob", asMade, drift),
    ),
    {
      name: "three creates",
      exists: false,
      writers: [create("ours", {}, settings), create("other", {}, settings), maker("alice")],
    },
  ];
}

const theirDescription: FieldEdit = { field: "display_name", value: "theirs" };

/** NSX's DELETE names no revision, so what somebody makes between our read and our delete goes with it: measured, not promised. */
export function deleteWindow(settings: Settings): Scenario {
  return {
    name: "destroy, and made again by hand",
    exists: true,
    writers: [destroy("ours", settings), remover("alice", { remakes: true })],
  };
}

/** Those whose writers a negative control meets. */
export function against(control: Writer): Scenario[] {
  const meets = (name: string, ...writers: Writer[]): Scenario => ({ name, exists: true, writers });
  return [
    meets("edits of what nobody manages", control, careful("alice", unmanaged, theirTag)),
    meets("drift of a planned field", control, careful("alice", drift, unmanaged)),
    meets("an edit of the same field", control, careful("alice", collision)),
    meets("two colleagues", control, careful("alice", unmanaged, theirTag), script("bob", drift)),
  ];
}

/** Switches that decide about writes. */
const deciding = [
  "staleRevisionStatus",
  "putWithoutRevision",
  "patchOmitted",
  "noChangeBumpsRevision",
  "hierarchicalAtomic",
] as const;

const more = ["putMissingWithRevision", "hierarchicalDeleteMissing"] as const;

/** All combinations of what decides about writes, and each other switch alone. */
export function positions(): Partial<NsxSwitches>[] {
  const alone = otherPositions(nsxSwitches).map(({ name, value }) => ({ [name]: value }) as Partial<NsxSwitches>);
  return [...combinations(deciding), ...alone];
}

/** All combinations of everything that writers can notice. */
export function allPositions(): Partial<NsxSwitches>[] {
  return combinations([...deciding, ...more]);
}

function combinations(names: readonly (keyof NsxSwitches)[]): Partial<NsxSwitches>[] {
  return names.reduce<Partial<NsxSwitches>[]>(
    (found, name) => found.flatMap((position) => valuesOf(name).map((value) => ({ ...position, [name]: value }))),
    [{}],
  );
}

function valuesOf(name: keyof NsxSwitches): readonly unknown[] {
  const definition: { default: unknown; values?: readonly unknown[] } = nsxSwitches[name];
  return definition.values ?? [true, false];
}
