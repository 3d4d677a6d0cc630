// What a file holds, in each form that it has on its way: as a program says it, as the state keeps it, as it travels, and
// as people see it. Nothing else looks inside: everything else compares contents and hands them on.
import { isUtf8 } from "node:buffer";
import { hash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { isRecord } from "../core/shape.ts";
import { addressOf } from "../travel/download.ts";
import { sentText } from "../travel/json.ts";
import { isLocalFile, readLocal, whyNoFile } from "./localFiles.ts";
import type { AssetReference, FileContent } from "./nginxConfigTypes.ts";

/** What is there: bytes that NIM has told. */
export type LiveContent = Buffer;
export type Content = FileContent | LiveContent;

/** A folder, an archive, or several assets, as Pulumi's engine hands them over. */
export interface ArchiveReference {
  readonly assets?: Readonly<Record<string, unknown>>;
  readonly path?: string;
  readonly uri?: string;
}

/** Pulumi's marks on what is more than a value (sdk/go/common/resource/sig). */
const mark = "4dabf18193072939515e22adb298388d";
const marks = { asset: "c44067f5952c0a294b673a41bacd8c17", archive: "0def7320c3a5731c473e5ecbe6d01bc7" } as const;

/** "maximum string length is 3145728" of the base64 text. */
export const largestFile = 2_359_296;

const wayOut = "give it as new pulumi.asset.FileAsset(path), or as { base64: … }";

const tooLong = "is too long: NIM takes 2,359,296 bytes in one file";

/** A text that a refresh has put there, or that was published by a release that took it, may stay while it is unchanged. */
const unlessOld = { params: { onlyWhenChanged: true } };

const text = sentText
  .refine((content) => !descriptionOf(content), {
    ...unlessOld,
    error: `describes a file that is not text, and is not what the file holds; ${wayOut}`,
  })
  .refine((content) => !content.includes("\ufffd"), {
    ...unlessOld,
    error: `has U+FFFD, which stands for bytes that are not text: a file was read as text and is none; ${wayOut}`,
  })
  .refine((content) => Buffer.byteLength(content) <= largestFile, tooLong);

const base64 = z.string().superRefine((content, { addIssue }) => {
  const message = whyNoBase64(content);
  if (message) addIssue({ code: "custom", message });
});

const asset = z
  .strictObject({
    [mark]: z.literal(marks.asset),
    hash: z.string().regex(/^[0-9a-f]{64}$/),
    path: z.string().optional(),
    uri: z.string().optional(),
  })
  .superRefine(({ path, uri }, { addIssue }) => {
    const message = path === undefined ? whyNoAddress(uri) : whyNoFile(path, largestFile);
    if (message) addIssue({ code: "custom", message, ...unlessOld });
  });

/** What a file holds where nobody but the program itself hands it over, so that it is at hand. */
export const inlineContent = z.union([text, z.strictObject({ base64 })], { error: "must be text, or { base64: … }" });

/** What a program may say that a file holds. */
export const fileContent = z.union([text, z.strictObject({ base64 }), asset], {
  error: "must be text, { base64: … }, or one of Pulumi's assets",
});

/** Any notation will do, for what is compared and sent are the bytes: tools break lines, use the alphabet of URLs, and leave padding out. */
function whyNoBase64(content: string): string | undefined {
  if (isLocalFile(content))
    return "is the path of a file, and not base64; give the file as new pulumi.asset.FileAsset(path)";
  const bytes = decoded(content);
  const standard = encoded(bytes);
  const notations = [standard, standard.replaceAll("+", "-").replaceAll("/", "_")];
  const isOne = notations.flatMap((each) => [each, each.replace(/=+$/, "")]).includes(content.replace(/\s/g, ""));
  if (!isOne) return "is not base64; a file is given as new pulumi.asset.FileAsset(path)";
  return bytes.length > largestFile ? tooLong : undefined;
}

function whyNoAddress(uri = ""): string | undefined {
  return /^(https?|file):\/\//.test(uri) && URL.canParse(uri) ? undefined : "is at no address with http, https or file";
}

/** A file of this machine. @throws when it cannot be published */
export function fileAsset(path: string): AssetReference {
  const why = whyNoFile(path, largestFile);
  if (why) throw new Error(why);
  return { [mark]: marks.asset, hash: digestOf(readLocal(path)), path };
}

export function isAsset(value: unknown): value is AssetReference {
  return isRecord(value) && value[mark] === marks.asset;
}

export function isArchive(value: unknown): value is ArchiveReference {
  return isRecord(value) && value[mark] === marks.archive;
}

/** What stands for a file of which only its SHA-256 is known: it can be compared, and not be published. */
export function fileOfDigest(sha256: string): AssetReference {
  return { [mark]: marks.asset, hash: sha256 };
}

/** The SHA-256 by which contents are compared; of a description that of the file which it describes. */
export function digestOf(content: Content): string {
  if (typeof content === "string") return descriptionOf(content) ?? hash("sha256", content);
  if (Buffer.isBuffer(content)) return digestOfLive(content);
  return isAsset(content) ? content.hash : hash("sha256", decoded(content.base64));
}

const known = new WeakMap<LiveContent, string>();

/** What is there is compared several times. */
function digestOfLive(content: LiveContent): string {
  const digest = known.get(content) ?? hash("sha256", content);
  known.set(content, digest);
  return digest;
}

/** The same for whatever a preview has in place of a content. */
export function comparedAs(value: FileContent): FileContent {
  const isContent =
    typeof value === "string" || isAsset(value) || (isRecord(value) && typeof value.base64 === "string");
  return isContent ? digestOf(value) : value;
}

/** Whether two contents are the same bytes; nothing is the same as nothing. */
export function isSame(a: Content | undefined, b: Content | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && digestOf(a) === digestOf(b));
}

/** The bytes to be published. @throws where they cannot be had, or are not those of which the state tells */
export async function bytesOf(content: Content, download: (uri: string) => Promise<Buffer>): Promise<Buffer> {
  if (Buffer.isBuffer(content)) return content;
  if (typeof content === "string") {
    if (descriptionOf(content)) throw new Error(`Only a description of it is known; ${wayOut}.`);
    return Buffer.from(content);
  }
  if (!isAsset(content)) return decoded(content.base64);
  const { path, uri = "" } = content;
  const isLocal = path !== undefined || uri.startsWith("file:");
  const bytes = isLocal ? readLocal(path ?? fileURLToPath(uri)) : await download(uri);
  if (digestOf(bytes) !== content.hash) {
    throw new Error(`${path ?? addressOf(uri)} is not what it was when this run began.`);
  }
  return bytes;
}

/** Bytes where only text is wanted that holds them. */
export function inline(bytes: Buffer): string | { base64: string } {
  return isUtf8(bytes) ? bytes.toString() : { base64: encoded(bytes) };
}

/** As NIM wants and tells it. */
export const encoded = (bytes: Buffer): string => bytes.toString("base64");
export const decoded = (contents: string): LiveContent => Buffer.from(contents, "base64");

/** The bytes as a program could say them. */
export function argumentOf(bytes: LiveContent): string | { base64: string } {
  const text = inline(bytes);
  return fileContent.safeParse(text).success ? text : { base64: encoded(bytes) };
}

/** What people see, also in the state: text as it is, and of anything else enough to see that it is another one. */
export function shown(bytes: LiveContent): string {
  return isUtf8(bytes) ? bytes.toString() : `(${bytes.length} bytes that are not text, SHA-256 ${digestOf(bytes)})`;
}

/** The same in the words of a program, where those say what is there. */
export function inWordsOf<Words extends Content>(now: LiveContent, declared: Words | undefined): Words | string {
  return declared !== undefined && isSame(now, declared) ? declared : shown(now);
}

/** The SHA-256 in a description, which was all that the first release knew of a file that is no text. */
function descriptionOf(content: string): string | undefined {
  return /^\(\d+ bytes that are not text, SHA-256 ([0-9a-f]{64})\)$/.exec(content)?.[1];
}

/** The texts in a value by which somebody could know it again, such as a server that quotes it. */
export function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null || isAsset(value)) return [];
  const { base64 } = value as { base64?: unknown };
  return typeof base64 === "string" ? textsOf(decoded(base64)) : Object.values(value).flatMap(textsIn);
}

/** Of bytes that are neither UTF-8 nor binary, a config in another encoding, at least what is ASCII in it. */
export function textsOf(bytes: Buffer): string[] {
  if (isUtf8(bytes)) return [bytes.toString()];
  return bytes.includes(0) ? [encoded(bytes)] : [encoded(bytes), bytes.toString("latin1")];
}
