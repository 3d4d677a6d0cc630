// Staged configs as NIM has them: kept by uid, several may have one name, and each comes back as it was uploaded.
import { hash } from "node:crypto";
import { z } from "zod";
import { type Json, type NimContext, notThis, understoodAt } from "./client.ts";
import { type Files, readConfig, wireConfig } from "./configFiles.ts";
import { type Content, digestOf, type LiveContent } from "./content.ts";
import { uid as uidForm } from "./instance.ts";

const collection = "/configs";

/** Fields of a staged config besides its files; `nginxUid` and `instGroupUid` say for whom it was made in NIM's UI. */
const about = z.looseObject({
  // It becomes a part of paths: what is none would lead to another object.
  uid: uidForm,
  configName: z.string(),
  createTime: z.string().default(""),
  updateTime: z.string().default(""),
  externalId: z.string().nullish(),
  nginxUid: z.string().nullish(),
  instGroupUid: z.string().nullish(),
});

/** Both parts of a config. */
export interface ConfigParts<Holds = LiveContent> {
  readonly files: Files<Holds>;
  readonly auxFiles: Files<Holds>;
}

/** A staged config as it is. */
export interface Staged extends ConfigParts {
  readonly uid: string;
  readonly name: string;
  readonly createTime: string;
  readonly updateTime: string;
  readonly externalId: string | undefined;
  /** What a write has to send along, so that it stays. */
  readonly kept: Json;
}

export const stagedPath = (uid: string) => `${collection}/${uid}`;

/** @throws an ApiError of kind `gone` where there is none */
export async function readStaged({ client }: NimContext, uid: string): Promise<Staged> {
  const path = stagedPath(uid);
  const answer = await client.read(path);
  const { configName, createTime, updateTime, externalId, nginxUid, instGroupUid, ...rest } = understoodAt(
    path,
    answer,
    about,
  );
  if (rest.uid !== uid) throw notThis(path);
  const { configFiles, auxFiles } = readConfig(understoodAt(path, answer, wireConfig));
  return {
    uid,
    name: configName,
    createTime,
    updateTime,
    externalId: externalId ?? undefined,
    files: configFiles,
    auxFiles,
    kept: { ...(nginxUid && { nginxUid }), ...(instGroupUid && { instGroupUid }) },
  };
}

const row = z.looseObject({ uid: uidForm, configName: z.string().optional().catch(undefined) });

/** Uids of all staged configs of a name. */
export async function stagedNamed({ client }: NimContext, name: string): Promise<string[]> {
  const all = await client.list(collection);
  return all
    .map((each) => understoodAt(collection, each, row))
    .filter(({ configName }) => configName === name)
    .map(({ uid }) => uid);
}

const upload = z.looseObject({
  uid: uidForm.optional(),
  summary: z.looseObject({ uid: uidForm.optional() }).nullish().catch(undefined),
});

/** The new one's uid; `undefined` where the answer has none, at the top or in its summary. */
export async function postStaged({ client }: NimContext, body: Json): Promise<string | undefined> {
  const { uid, summary } = understoodAt(collection, await client.add(collection, body), upload);
  return uid ?? summary?.uid;
}

/** What tells one content from another: SHA-256 over paths and contents of both parts. */
export function contentHash({ files, auxFiles }: ConfigParts<Content>): string {
  const rows = (part: string, all: Files) =>
    Object.entries(all).map(([path, it]) => [part, path, digestOf(it)].join("\n"));
  const all = [...rows("files", files), ...rows("auxFiles", auxFiles)].sort();
  return hash("sha256", all.join("\n\n"));
}

/** A staged config with what it holds, as outputs and arguments have it. */
export function refOf(uid: string, parts: ConfigParts<Content>): string {
  return `${uid}@sha256:${contentHash(parts)}`;
}
