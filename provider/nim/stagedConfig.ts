import { z } from "zod";
import { whenKnown } from "../core/check.ts";
import { createClaims } from "../core/claims.ts";
import { byRefresh } from "../core/conflict.ts";
import { defineResource } from "../core/definition.ts";
import { isMadeBy, newMark } from "../core/ownerMark.ts";
import { mapEntries } from "../core/shape.ts";
import {
  Absent,
  hasStatus,
  isAmbiguous,
  isKind,
  isPutOff,
  keepingObject,
  messageOf,
  orAbsent,
  unlessAbsent,
} from "../travel/errors.ts";
import { sentText } from "../travel/json.ts";
import type { Json, NimClient, NimContext } from "./client.ts";
import { declaredFiles, listed } from "./configConflicts.ts";
import { differing, type Files, fileMap } from "./configFiles.ts";
import { argumentOf, type Content, inWordsOf, isSame, type LiveContent, textsIn } from "./content.ts";
import { gitCommit, isCommit } from "./gitCommit.ts";
import { uid } from "./instance.ts";
import { goneError, maxAttempts, pauseBeforeLook } from "./namedWrite.ts";
import type { FileContent } from "./nginxConfigTypes.ts";
import { toWire } from "./publish.ts";
import { spelledOut } from "./spelledOut.ts";
import { postStaged, readStaged, refOf, type Staged, stagedNamed, stagedPath } from "./staged.ts";
import type { StagedConfigInputs, StagedConfigOutputs } from "./stagedConfigTypes.ts";
import { unknownWriter } from "./unknownWriter.ts";

export const stagedConfigInputs = whenKnown(
  z.strictObject({
    name: sentText.min(1).max(255).optional(),
    files: fileMap,
    auxFiles: fileMap.optional(),
    externalId: sentText.min(1).max(150).optional(),
    adopt: z.boolean().optional(),
  }),
  ["files", "auxFiles"],
  ({ files, auxFiles = {} }, context) => {
    const report = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    if (Object.keys(files).length === 0) report(["files"], "has no file in it");
    for (const path of Object.keys(auxFiles)) if (path in files) report(["auxFiles", path], "is in files too");
  },
);

/** What is to be there: what the program declares, and what it leaves to others as it is. */
type Wanted = StagedConfigInputs<Content>;

const claims = createClaims();

/**
 * A config that NIM keeps and that is served by nobody yet (guide: "Stage configurations"). It has no field for an owner's
 * mark: `externalId` is the user's, and anything among the files would be published. So it is known by its uid, and one
 * whose making was interrupted by its name and content.
 */
export const stagedConfig = defineResource<NimClient, StagedConfigInputs, StagedConfigOutputs>({
  system: "nim",
  name: "StagedConfig",
  inputs: stagedConfigInputs,
  autoName: "name",
  location: ["name"],
  fixed: [],
  steering: ["adopt"],
  writeOnly: [],
  texts: ["files", "auxFiles"],
  textsIn,
  spelledOut,
  words: [],
  remembered: ["ownerMark"],
  ids: { is: (id) => uid.safeParse(id).success, told: "The id of a staged config is its uid, and not its name." },
  canCoexist: () => true,
  isFinished: () => true,

  async create(context, inputs) {
    const ownerMark = newMark(context);
    const outcome = await context.waitFor<string>((tries) => make(context, inputs, tries));
    if ("waiting" in outcome) throw new Error(`Gave up waiting: ${outcome.waiting}`);
    const id = outcome.done;
    claims.make(id, ownerMark);
    return keepingObject(id, { uid: id, ownerMark }, async () => ({
      id,
      outputs: outputsOf(await readStaged(context, id), ownerMark),
    }));
  },

  async read(context, id, state) {
    const live = await orAbsent(readStaged(context, id));
    if (live instanceof Absent) return live;
    const inWords = (all: Files<LiveContent>, declared: Files<FileContent> = {}) =>
      mapEntries(all, (path, now) => (state.ownerMark ? inWordsOf(now, declared[path]) : argumentOf(now)));
    // What a program without `auxFiles` does not have is nobody's there: whoever publishes the whole publishes that too.
    const undeclared = state.ownerMark && !state.auxFiles ? inWords(live.auxFiles) : {};
    return {
      inputs: {
        name: live.name,
        files: { ...inWords(live.files, state.files), ...undeclared },
        auxFiles: inWords(live.auxFiles, state.auxFiles),
        ...(live.externalId !== undefined && { externalId: live.externalId }),
      },
      outputs: outputsOf(live, state.ownerMark ?? ""),
      changedBy: state.updateTime === live.updateTime ? undefined : `${unknownWriter} at ${live.updateTime}`,
    };
  },

  async update(context, id, state, declared) {
    const live = await unlessAbsent(readStaged(context, id));
    if (!live) throw goneError(stagedPath(id));
    const ownerMark = isMadeBy(state.ownerMark, context.owner) ? state.ownerMark : newMark(context);
    const written = await put(context, withIgnored(context, live, declared), { live, state });
    claims.make(id, ownerMark);
    return outputsOf(written, ownerMark);
  },

  async delete(context, id, state) {
    if (!claims.isNewest(id, state.ownerMark)) {
      context.warn(`${stagedPath(id)} is that of its replacement, and was kept.`);
      return;
    }
    const outcome = await context.waitFor<undefined>(async (tries) => {
      if (!(await context.client.find(stagedPath(id)))) return { done: undefined };
      try {
        await context.client.delete(stagedPath(id));
        return { done: undefined };
      } catch (error) {
        if (isKind(error, "gone")) return { done: undefined };
        if (hasStatus(error, 405, 501)) throw new Error(`${error.message}. ${howElseToDelete}`, { cause: error });
        if (!isAmbiguous(error) || tries >= maxAttempts) throw error;
        return { waiting: `NIM did not say whether it deleted the staged config: ${messageOf(error)}` };
      }
    });
    if ("waiting" in outcome) throw new Error(`Gave up waiting. ${outcome.waiting}`);
  },
});

/** No client is known that deletes one, so a NIM that has no such operation is not out of the question. */
const howElseToDelete =
  'This NIM deletes no staged configs by its API. Delete it in NIM\'s UI and run this again, or leave it on NIM: "pulumi state delete", or "retainOnDelete: true" before.';

/** NIM makes a second one of the same name without a word, so it is asked each time before one is made. */
async function make(context: NimContext, inputs: StagedConfigInputs, tries: number) {
  const name = String(inputs.name);
  const there: Staged[] = [];
  for (const each of await stagedNamed(context, name)) {
    const found = await unlessAbsent(readStaged(context, each));
    if (found) there.push(found);
  }
  const alike = there.filter((each) => isAsWanted(each, inputs));
  const [own] = alike;
  if (own && alike.length === 1) {
    if (tries === 1)
      context.warn(`${stagedPath(own.uid)} was there already from an interrupted run, and has been adopted.`);
    return { done: own.uid };
  }
  const [other] = there;
  if (other) {
    if (there.length > 1 || !inputs.adopt) throw refusal(name, there);
    context.warn(tookOver(other, inputs));
    const { uid } = await put(context, inputs, { live: other, state: undefined });
    return { done: uid };
  }
  try {
    const uid = await postStaged(context, await bodyOf(context, inputs, {}));
    if (uid !== undefined) return { done: uid };
    return { waiting: `NIM did not say which uid the staged config "${name}" has` };
  } catch (error) {
    const isWorthALook = isPutOff(error) || (isAmbiguous(error) && tries < maxAttempts);
    if (!isWorthALook) throw error;
    return { waiting: `NIM did not say whether it made the staged config "${name}": ${messageOf(error)}` };
  }
}

function refusal(name: string, there: readonly Staged[]): Error {
  const rows = there.map(({ uid, createTime, updateTime }) => `${uid}, made ${createTime}, written last ${updateTime}`);
  const isOne = there.length === 1;
  return new Error(
    [
      isOne ? `A staged config "${name}" exists already:` : `There are ${there.length} staged configs "${name}":`,
      ...listed(rows),
      isOne
        ? 'Nothing was changed. Choose another name, or set "adopt: true" to take it over.'
        : "Which of them is meant cannot be told. Nothing was changed. Choose another name, or rename or delete in NIM those that are not meant.",
    ].join("\n"),
  );
}

function tookOver(live: Staged, wanted: Wanted): string {
  const [is, after] = [declaredFiles(live), declaredFiles(wanted)];
  const lines = Object.keys(is).flatMap((path) =>
    isSame(is[path], after[path]) ? [] : [`${path in after ? "replaces" : "removes"} ${path}`],
  );
  return [`${stagedPath(live.uid)} was taken over.`, ...listed(lines)].join("\n");
}

interface Basis {
  readonly live: Staged;
  /** As this stack last wrote it or saw it in a refresh; `undefined` where it is taken over. */
  readonly state: StagedConfigInputs | undefined;
}

/** NIM has no revision of a staged config: the moment between the last look and the write is not covered. */
async function put(context: NimContext, wanted: Wanted, basis: Basis): Promise<Staged> {
  const { state } = basis;
  const { uid } = basis.live;
  for (let attempt = 1, { live } = basis; ; attempt += 1) {
    const theirs = state ? changedByOthers(live, state, wanted) : [];
    const isRenamed = state !== undefined && live.name !== state.name && live.name !== wanted.name;
    if (isRenamed || theirs.length > 0) throw new Error(explain(live, isRenamed, theirs));
    const isIdKept = !state || wanted.externalId !== undefined || state.externalId === undefined;
    if (isAsWanted(live, wanted) && live.name === wanted.name && isIdKept) return live;
    try {
      await context.client.put(stagedPath(uid), await bodyOf(context, wanted, live.kept));
      return await readStaged(context, uid);
    } catch (error) {
      await pauseBeforeLook(context, error, attempt);
      const found = await unlessAbsent(readStaged(context, uid));
      if (!found) throw goneError(stagedPath(uid));
      live = found;
    }
  }
}

/** Files that are neither as this stack last knew them nor as they are wanted, wherever they are. */
function changedByOthers(live: Staged, state: StagedConfigInputs, wanted: Wanted): string[] {
  const [is, before, after] = [live, state, wanted].map(declaredFiles) as [Files, Files, Files];
  return differing(is, before).filter((path) => !isSame(is[path], after[path]));
}

function explain({ uid, name, updateTime }: Staged, isRenamed: boolean, theirs: readonly string[]): string {
  return [
    `${stagedPath(uid)} was changed by ${unknownWriter} at ${updateTime}:`,
    ...(isRenamed ? [`  name: now "${name}"`] : []),
    ...listed(theirs.map((path) => `files["${path}"]`)),
    `Nothing was written. ${byRefresh}`,
  ].join("\n");
}

/** What the program leaves to others goes along as it is. */
function withIgnored(context: NimContext, live: Staged, declared: StagedConfigInputs): Wanted {
  const left = (part: "files" | "auxFiles") =>
    mapEntries(live[part], (path, content) => (context.ignores([part, path]) ? content : undefined)) as Files;
  return {
    ...declared,
    name: declared.name ?? live.name,
    files: { ...left("files"), ...declared.files },
    auxFiles: { ...left("auxFiles"), ...declared.auxFiles },
    ...(context.ignores(["externalId"]) && live.externalId !== undefined && { externalId: live.externalId }),
  };
}

function isAsWanted(live: Staged, { files, auxFiles = {}, externalId = live.externalId }: Wanted): boolean {
  const differ = [...differing(live.files, files), ...differing(live.auxFiles, auxFiles)];
  return differ.length === 0 && live.externalId === externalId;
}

async function bodyOf(context: NimContext, wanted: Wanted, kept: Json): Promise<Json> {
  const externalId = wanted.externalId ?? (await gitCommit());
  const unsent = "Nothing was written.";
  return {
    ...kept,
    configName: wanted.name,
    configFiles: { rootDir: "/etc/nginx", files: await toWire(context, wanted.files, "files", unsent) },
    auxFiles: { rootDir: "/", files: await toWire(context, wanted.auxFiles ?? {}, "auxFiles", unsent) },
    ...(externalId ? { externalId, externalIdType: isCommit(externalId) ? "git" : "other" } : {}),
  };
}

function outputsOf(live: Staged, ownerMark: string): StagedConfigOutputs {
  const { uid, createTime, updateTime } = live;
  return { uid, ref: refOf(uid, live), createTime, updateTime, ownerMark };
}
