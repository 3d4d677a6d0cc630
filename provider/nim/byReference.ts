// A config that is published by reference to a staged one. What the staged one holds is looked up, and from then on all is as
// if the program had those files; what the state keeps of them is their SHA-256.
import { mapValues } from "../core/shape.ts";
import { unlessAbsent } from "../travel/errors.ts";
import type { NimContext } from "./client.ts";
import { listed } from "./configConflicts.ts";
import { differing } from "./configFiles.ts";
import { type Content, digestOf, fileOfDigest } from "./content.ts";
import { pathPart } from "./instance.ts";
import type { NginxConfigInputs, NginxConfigOutputs } from "./nginxConfigTypes.ts";
import type { InFull } from "./publish.ts";
import { type ConfigParts, contentHash, readStaged, refOf, stagedPath } from "./staged.ts";

export const stagedReference = pathPart.regex(
  /^[^/\\?#%@\s\p{Cc}]+(@sha256:[0-9a-f]{64})?$/u,
  "must be a staged config's ref (<uid>@sha256:<64 hex digits>), or its uid",
);

const partsOf = (reference: string) => reference.split("@sha256:") as [string, string?];

/** @throws where there is no such staged config, or it holds something else than the reference says */
export async function inFull(context: NimContext, inputs: NginxConfigInputs<Content>): Promise<InFull> {
  const { stagedConfig, files = {} } = inputs;
  if (stagedConfig === undefined) return { ...inputs, files };
  const [uid, sha256] = partsOf(stagedConfig);
  const staged = await unlessAbsent(readStaged(context, uid));
  if (!staged) {
    throw new Error(
      `stagedConfig names ${stagedPath(uid)}, which NIM does not have, or no longer. Nothing was published. Where this program has it, "pulumi up --refresh" makes it again; else name another one.`,
    );
  }
  if (sha256 !== undefined && contentHash(staged) !== sha256) {
    throw new Error(
      `stagedConfig names ${stagedPath(uid)} as it was staged by this program, and it was changed at ${staged.updateTime}. Nothing was published. "pulumi refresh --preview-only --diff" shows the change; "pulumi up --refresh" stages what the program says and publishes that.`,
    );
  }
  return { ...inputs, files: staged.files, auxFiles: staged.auxFiles, staged };
}

export function lastKnown<State extends Partial<NginxConfigInputs & NginxConfigOutputs>>(
  state: State,
): Omit<State, "files" | "auxFiles"> & Pick<InFull, "files" | "auxFiles"> {
  const { files, auxFiles } = state.stagedFiles ?? {};
  if (state.stagedConfig === undefined || !files) return { ...state, files: state.files ?? {} };
  return { ...state, files: mapValues(files, fileOfDigest), auxFiles: mapValues(auxFiles ?? {}, fileOfDigest) };
}

/** What the state keeps of files that were published by reference; nothing of others. */
export function stagedFilesOf(isByReference: boolean, { files, auxFiles = {} }: Pick<InFull, "files" | "auxFiles">) {
  if (!isByReference) return {};
  return { stagedFiles: { files: mapValues(files, digestOf), auxFiles: mapValues(auxFiles, digestOf) } };
}

/**
 * The reference as it would be said of what is served: as the program says it where that is so.
 *
 * @param before - what this stack last published or was shown
 */
export async function referenceNow(
  context: NimContext,
  id: string,
  reference: string,
  before: ConfigParts<Content>,
  now: ConfigParts<Content>,
): Promise<string> {
  const [uid, sha256] = partsOf(reference);
  const staged = sha256 === undefined ? await unlessAbsent(readStaged(context, uid)) : undefined;
  if (sha256 === undefined && !staged) {
    context.warn(
      `${stagedPath(uid)}, from which ${id} was published, does not exist any more. What was published is served.`,
    );
  }
  const wanted = staged ?? before;
  if (contentHash(now) === contentHash(wanted)) return reference;
  const all = ({ files, auxFiles }: ConfigParts<Content>) => ({ ...auxFiles, ...files });
  const lines = listed(differing(all(wanted), all(now)).map((path) => `files["${path}"]`));
  context.warn(
    [`${id} does not serve what ${stagedPath(uid)} ${staged ? "holds" : "held when it was published"}:`, ...lines].join(
      "\n",
    ),
  );
  return refOf(uid, now);
}
