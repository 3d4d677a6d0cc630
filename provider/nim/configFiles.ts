import { createHash } from "node:crypto";
import { z } from "zod";
import { sentText } from "../travel/json.ts";
import { certificatesOf } from "./pem.ts";

/** Text of files by absolute path. */
export type FileMap = Readonly<Record<string, string>>;

const filePart = z
  .looseObject({ files: z.array(z.looseObject({ name: z.string(), contents: z.string().default("") })).nullish() })
  .nullish();

/** Whether a publish can be given a time that is a little later. */
function isTime(text: string): boolean {
  return !Number.isNaN(new Date(Date.parse(text) + 1).getTime());
}

/** What `GET …/config` answers, as far as it matters here. */
export const wireConfig = z
  .looseObject({
    configFiles: filePart,
    auxFiles: filePart,
    updateTime: z.string().refine(isTime, "must be a time").default("0001-01-01T00:00:00Z"),
  })
  .refine((config) => "configFiles" in config, "has no configFiles");

/** A config as an agent has reported it. */
export interface LiveConfig {
  /** The main file and what it includes. */
  readonly configFiles: FileMap;
  /** Files that the config refers to: pages, certificates. Never private keys, nor what nothing refers to. */
  readonly auxFiles: FileMap;
  readonly updateTime: string;
}

export function readConfig({ configFiles, auxFiles, updateTime }: z.output<typeof wireConfig>): LiveConfig {
  return { configFiles: textsOf(configFiles), auxFiles: textsOf(auxFiles), updateTime };
}

function textsOf(part: z.output<typeof filePart>): FileMap {
  return Object.fromEntries((part?.files ?? []).map(({ name, contents }) => [name, decode(contents)]));
}

/** Bytes as NIM wants them. @throws for a file that is no text: only its description is known here */
export function toWireFiles(files: FileMap): { name: string; contents: string }[] {
  return Object.entries(files).map(([name, text]) => {
    if (isDescription.test(text)) {
      throw new Error(`${name} is not text, and cannot be published as text. Nothing was published.`);
    }
    return { name, contents: Buffer.from(text).toString("base64") };
  });
}

const isDescription = /^\(\d+ bytes that are not text, SHA-256 [0-9a-f]{64}\)$/;

/** Text byte for byte; what is none is described, so that a change in it shows all the same. */
function decode(contents: string): string {
  const bytes = Buffer.from(contents, "base64");
  const text = bytes.toString("utf8");
  if (Buffer.from(text).equals(bytes)) return text;
  return `(${bytes.length} bytes that are not text, SHA-256 ${createHash("sha256").update(bytes).digest("hex")})`;
}

/** All files, wherever NIM lists them: one that was published beside the config comes back in it when it is included. */
export function allFiles({ configFiles, auxFiles }: LiveConfig): FileMap {
  return { ...auxFiles, ...configFiles };
}

/**
 * Files on the instance that a stack does not declare. Certificates are not among them: NIM puts those there that it
 * manages, next to whatever is published.
 */
export function foreignFiles(live: LiveConfig, declared: FileMap): FileMap {
  const entries = Object.entries(allFiles(live)).filter(
    ([path, text]) => !(path in declared) && !(path in live.auxFiles && certificatesOf(text).length > 0),
  );
  return Object.fromEntries(entries);
}

/** "maximum string length is 3145728" of the base64 text, and "max_message_bytes: 8388608" for all together. */
const limits = { file: 3_145_728, all: 8_388_608 };

const base64Length = (text: string) => 4 * Math.ceil(Buffer.byteLength(text) / 3);

const path = sentText
  .startsWith("/", "must be absolute, such as /etc/nginx/nginx.conf")
  .refine(
    (name) =>
      !name
        .slice(1)
        .split("/")
        .some((part) => ["", ".", ".."].includes(part)),
    "must not have empty parts, . or ..",
  )
  .refine((name) => !/\p{Cc}/u.test(name), "must not have control characters, such as a newline")
  .max(4096);

const text = sentText.refine(
  (content) => base64Length(content) <= limits.file,
  "is too long: NIM takes 2,359,296 bytes in one file",
);

export const fileMap = z.record(path, text);

/** What is wrong with all files together. */
export function checkFiles(files: FileMap, auxFiles: FileMap, report: (path: string[], message: string) => void): void {
  if (!Object.keys(files).some((name) => name.endsWith("/nginx.conf"))) {
    report(
      ["files"],
      "lack the main file, such as /etc/nginx/nginx.conf; a publish without it would leave nginx without a config",
    );
  }
  for (const name of Object.keys(auxFiles)) {
    if (name in files) report(["auxFiles", name], "is in files too");
  }
  const total = [...Object.values(files), ...Object.values(auxFiles)].reduce(
    (sum, content) => sum + base64Length(content),
    0,
  );
  if (total > limits.all) {
    report(["files"], `are too long together: ${total} bytes as base64, and NIM passes on ${limits.all} to an agent`);
  }
}
