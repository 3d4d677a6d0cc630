import { z } from "zod";
import { comparedAs as comparing } from "../core/shape.ts";
import { sentText } from "../travel/json.ts";
import { type Content, comparedAs, decoded, fileContent, inlineContent, isSame, type LiveContent } from "./content.ts";
import { certificatesOf } from "./pem.ts";

/** Files by absolute path. */
export type Files<Holds = Content> = Readonly<Record<string, Holds>>;

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
  readonly configFiles: Files<LiveContent>;
  /** Files that the config refers to: pages, certificates. Never private keys, nor what nothing refers to. */
  readonly auxFiles: Files<LiveContent>;
  readonly updateTime: string;
}

export function readConfig({ configFiles, auxFiles, updateTime }: z.output<typeof wireConfig>): LiveConfig {
  return { configFiles: filesIn(configFiles), auxFiles: filesIn(auxFiles), updateTime };
}

function filesIn(part: z.output<typeof filePart>): Files<LiveContent> {
  return Object.fromEntries((part?.files ?? []).map(({ name, contents }) => [name, decoded(contents)]));
}

/** All files, wherever NIM lists them: one that was published beside the config comes back in it when it is included. */
export function allFiles({ configFiles, auxFiles }: LiveConfig): Files<LiveContent> {
  return { ...auxFiles, ...configFiles };
}

/**
 * Files on the instance that a stack does not declare. Certificates are not among them: NIM puts those there that it
 * manages, next to whatever is published.
 */
export function foreignFiles(live: LiveConfig, declared: Files): Files<LiveContent> {
  const isCertificate = (path: string, content: LiveContent) =>
    path in live.auxFiles && certificatesOf(content.toString("latin1")).length > 0;
  const entries = Object.entries(allFiles(live)).filter(
    ([path, content]) => !(path in declared) && !isCertificate(path, content),
  );
  return Object.fromEntries(entries);
}

/** Paths at which the two are not the same. */
export function differing(a: Files, b: Files): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((path) => !isSame(a[path], b[path]));
}

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

export const fileMap = z.record(path, comparing(fileContent, comparedAs));

/** The same of a query, for which Pulumi's engine prepares no assets. */
export const inlineFiles = z.record(path, inlineContent);
