import { z } from "zod";
import { eachOnce } from "../core/check.ts";
import { byRefresh, explainConflicts, show } from "../core/conflict.ts";
import { defineResource } from "../core/definition.ts";
import { isMadeBy, newMark } from "../core/ownerMark.ts";
import { openList, same, shapeOf, textOf } from "../core/shape.ts";
import { toWrite } from "../core/toWrite.ts";
import { Absent, orAbsent, unlessAbsent } from "../travel/errors.ts";
import { sentLine } from "../travel/json.ts";
import { type NimClient, type NimContext, notThis, understoodAt } from "./client.ts";
import { uid } from "./instance.ts";
import { pauseBeforeLook } from "./namedWrite.ts";
import type { SystemTagsInputs, SystemTagsOutputs } from "./systemTagsTypes.ts";
import { unknownWriter } from "./unknownWriter.ts";

export const systemTagsInputs = z.strictObject({
  systemUid: uid,
  tags: openList(z.array(sentLine.min(1, "must not be empty")).superRefine(eachOnce), textOf),
});

const shape = shapeOf(systemTagsInputs.pick({ tags: true }));

/** A list that is empty may be null, as in all that is written in Go. */
const form = z.looseObject({
  uid: z.string(),
  hostname: z.string(),
  tags: z
    .array(z.string())
    .nullish()
    .transform((tags) => tags ?? []),
});

type System = z.output<typeof form>;
type Tags = readonly string[];

/**
 * Tags of a system, which are all that can be changed of one (docs/nim.md#paths). A system is there with its agent, so only the
 * tags that a program names are made and removed; they have no place for an owner's mark, and are known by their text.
 */
export const systemTags = defineResource<NimClient, SystemTagsInputs, SystemTagsOutputs>({
  system: "nim",
  name: "SystemTags",
  inputs: systemTagsInputs,
  autoName: undefined,
  target: ({ systemUid }) => `system ${systemUid}`,
  location: ["systemUid"],
  fixed: [],
  steering: [],
  writeOnly: [],
  texts: [],
  words: [],
  remembered: ["ownerMark"],
  shared: ["tags"],
  ids: { is: (id) => uid.safeParse(id).success, told: "The id of a system's tags is the system's uid." },
  canCoexist: () => true,
  isFinished: () => true,

  async create(context, inputs) {
    const { systemUid } = inputs;
    const ownerMark = newMark(context);
    const { hostname } = await bring(context, systemUid, [], inputs.tags);
    return { id: systemUid, outputs: { hostname, ownerMark } };
  },

  async read(context, id, state) {
    const live = await orAbsent(read(context, id));
    if (live instanceof Absent) return live;
    // A tag of another system that the program names too is put there once, and from then on is that system's.
    const left = state.ownerMark ? (state.tags ?? []).filter(context.client.isSystemTag) : [];
    return {
      inputs: { systemUid: id, tags: [...new Set([...live.tags, ...left])] },
      outputs: { hostname: live.hostname, ownerMark: state.ownerMark ?? "" },
      changedBy: unknownWriter,
    };
  },

  async update(context, id, state, { tags = [] }) {
    const { hostname } = await bring(context, id, state.tags ?? [], tags);
    const ownerMark = isMadeBy(state.ownerMark, context.owner) ? state.ownerMark : newMark(context);
    return { hostname, ownerMark };
  },

  async delete(context, id, { tags }, successor) {
    const kept = successor?.tags ?? [];
    const going = tags.filter((tag) => !kept.includes(tag) && !context.client.isSystemTag(tag));
    await write(context, id, (there) => there.filter((tag) => !going.includes(tag)));
  },
});

const pathOf = (systemUid: string) => `/systems/${encodeURIComponent(systemUid)}`;

function noSystem(systemUid: string): Error {
  return new Error(
    `NIM has no system ${systemUid}. One is there once its agent has registered; getSystem finds its uid by the host name.`,
  );
}

function systemIn(systemUid: string, answer: unknown): System {
  const system = understoodAt(pathOf(systemUid), answer as Record<string, unknown>, form);
  if (system.uid !== systemUid) throw notThis(pathOf(systemUid));
  return system;
}

async function read({ client }: NimContext, systemUid: string): Promise<System> {
  return systemIn(systemUid, await client.read(pathOf(systemUid)));
}

/** Has the system the tags that the program names, and not those that it no longer does. */
async function bring(context: NimContext, systemUid: string, applied: Tags, declared: Tags): Promise<System> {
  const added = declared.filter((tag) => !applied.includes(tag) && !context.client.isSystemTag(tag));
  let found: Tags | undefined;
  const system = await write(context, systemUid, (there) => {
    found ??= added.filter((tag) => there.includes(tag));
    return merged(context, applied, declared, there);
  });
  if (!system) throw noSystem(systemUid);
  if (found && found.length > 0) {
    context.warn(
      `${pathOf(systemUid)} had ${show(context, "tags", found)} already, by others' hands or an earlier run's. This stack manages that from now on, and takes it off again.`,
    );
  }
  return system;
}

/** The tags that are there with the program's, and without those that it no longer has. @throws where others took one off */
function merged(context: NimContext, applied: Tags, declared: Tags, there: Tags): Tags {
  const { isSystemTag } = context.client;
  const own = (tags: Tags) => ({ tags: tags.filter((tag) => !isSystemTag(tag)) });
  const { body, conflicts } = toWrite({
    shape,
    applied: own(applied),
    effective: {},
    seen: undefined,
    live: { tags: there },
    declared: own(declared),
    fixed: [],
    onConflict: "fail",
    dependentFields: [],
  });
  if (conflicts.length > 0) throw new Error(explainConflicts(context, unknownWriter, conflicts, byRefresh));
  return [...new Set([...((body.tags ?? []) as Tags), ...declared.filter(isSystemTag)])];
}

/**
 * Reads the tags and writes what is wanted instead. NIM has no revision of a system: the moment in between is not covered.
 *
 * @returns the system as it is then; `undefined` where there is none
 */
function write(context: NimContext, systemUid: string, wanted: (there: Tags) => Tags): Promise<System | undefined> {
  // Each write is of all tags, so two at a time would lose one's.
  return context.client.inTurn(pathOf(systemUid), () => writeNow(context, systemUid, wanted));
}

async function writeNow(
  context: NimContext,
  systemUid: string,
  wanted: (there: Tags) => Tags,
): Promise<System | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const live = await unlessAbsent(read(context, systemUid));
    if (!live) return undefined;
    const tags = wanted(live.tags);
    if (same(shape, { tags }, { tags: live.tags })) return live;
    try {
      const { hostname } = live;
      const written = systemIn(systemUid, await context.client.patch(pathOf(systemUid), { hostname, tags }));
      // What is there besides, others have put there in that moment.
      const isOff = live.tags.every((tag) => tags.includes(tag) || !written.tags.includes(tag));
      if (isOff && tags.every((tag) => written.tags.includes(tag))) return written;
      const [sent, is] = [tags, written.tags].map((all) => show(context, "tags", all));
      throw new Error(`NIM was sent the tags ${sent} of ${pathOf(systemUid)}, and answered that it has ${is}.`);
    } catch (error) {
      await pauseBeforeLook(context, error, attempt);
    }
  }
}
