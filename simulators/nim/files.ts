import { createHash } from "node:crypto";
import { isAbsolute, join } from "node:path/posix";
import { gzipSync } from "node:zlib";
import { z } from "zod";
import { badRequest } from "./errors.ts";
import type { ConfigFiles, ConfigVersion } from "./types.ts";

/** The limit of `contents` in characters, as the validator has it (docs/nim.md#bodies). */
const maxContents = 3_145_728;

const fileData = z.strictObject({
  contents: z.string().max(maxContents).default(""),
  name: z.string().min(1).max(4096),
  size: z.int().optional(),
});
const filesPart = z.strictObject({ files: z.array(fileData).default([]), rootDir: z.string().default("") });

/** Fields that PublishConfigRequest and UploadConfigRequest share (docs/nim.md#bodies). */
export const configShape = {
  auxFiles: filesPart.optional(),
  configFiles: filesPart.optional(),
  externalId: z.string().min(1).max(150).optional(),
  externalIdType: z.enum(["git", "other"]).optional(),
};

type Part = z.output<typeof filesPart>;

export function readFiles(config: Part | undefined, aux: Part | undefined, confFolder: string): ConfigFiles {
  return {
    configFiles: readPart(config, confFolder, "configFiles"),
    configRootDir: config?.rootDir || confFolder,
    auxFiles: readPart(aux, confFolder, "auxFiles"),
    auxRootDir: aux?.rootDir || "/",
  };
}

function readPart(part: Part | undefined, confFolder: string, field: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const [i, { name, contents }] of (part?.files ?? []).entries()) {
    // An agent resolves a relative name against the folder of the main file (docs/nim.md#bodies).
    const path = isAbsolute(name) ? name : join(confFolder, name);
    files.set(path, decode(contents, `/${field}/files/${i}/contents`));
  }
  return files;
}

/** Both alphabets occur on the wire, and in one request (docs/nim.md#bodies). */
function decode(contents: string, at: string): Buffer {
  const invalid = /[^A-Za-z0-9+/=_\-\r\n]/.exec(contents);
  const standard = contents
    .replace(/-/g, "+")
    .replace(/_/g, "/")
    .replace(/[\r\n]/g, "");
  if (invalid || standard.length % 4 !== 0 || !/^[^=]*={0,2}$/.test(standard)) {
    throw badRequest(
      `Request body has an error: Error at "${at}": illegal base64 data at input byte ${invalid?.index ?? contents.length}`,
    );
  }
  return Buffer.from(standard, "base64");
}

function writePart(files: ReadonlyMap<string, Buffer>, rootDir: string) {
  const list = [...files].map(([name, content]) => ({
    contents: content.toString("base64"),
    name,
    size: content.length,
  }));
  return { files: list, rootDir };
}

export const writeFiles = (config: ConfigFiles) => ({
  auxFiles: writePart(config.auxFiles, config.auxRootDir),
  configFiles: writePart(config.configFiles, config.configRootDir),
});

export const allFiles = (config: ConfigFiles): Map<string, Buffer> =>
  new Map([...config.configFiles, ...config.auxFiles]);

/** Whether a message to an agent holds these files, as a gzipped tar (docs/nim.md#bodies): what headers add is little. */
export function fitsIntoMessage(files: ReadonlyMap<string, Buffer>, maxBytes: number): boolean {
  const all = Buffer.concat([...files].flatMap(([name, content]) => [Buffer.from(name), content]));
  return all.length <= maxBytes || gzipSync(all).length <= maxBytes;
}

/** 64 hex digits over paths and bytes; what NIM's own is made of is not known (docs/nim.md#publishing). */
export function hashOf(config: ConfigFiles): string {
  const hash = createHash("sha256");
  for (const [path, content] of [...allFiles(config)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

export function writeVersion({ createTime, externalId, externalIdType, uid, versionHash }: ConfigVersion) {
  return { createTime, externalId, externalIdType, uid, versionHash };
}
