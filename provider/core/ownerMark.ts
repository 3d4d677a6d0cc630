import { createHash } from "node:crypto";

/**
 * The mark that says which resource of which stack made an object: `project/stack/owner/nonce`. The first two are for
 * people, the third finds an object again whose create was interrupted, the last tells this object from one that
 * somebody else made, or took over, under the same name. At most 227 characters, since NSX's tags hold 256.
 */
export function newMark({ owner, nonce }: { owner: string; nonce(): string }): string {
  return `${stackOfOwner(owner)}/${ownerHash(owner)}/${nonce()}`;
}

/** `project/stack`, as a mark of this owner says it. */
export function stackOfOwner(owner: string): string {
  const [stack = "", project = ""] = owner.split("urn:pulumi:").at(-1)?.split("::") ?? [];
  return `${plain(project)}/${plain(stack)}`;
}

/** A mark as it stands on an object: the mark, and a stamp that says which write left it there. */
export interface StampedMark {
  readonly mark: string;
  /** What only the write knew: while it is still true of the object, nobody else has written since. */
  readonly stamp: string | undefined;
}

/**
 * How much of what is there a write knew. `own`: everything in the object was written by this resource, since its create.
 * `all`: others' changes are in it, and this stack has been shown them. `declared`: also such as nobody was shown.
 */
export type Knowledge = "own" | "all" | "declared";

const signs: Readonly<Record<Knowledge, string>> = { own: "", all: "=", declared: "+" };

/** One life of the provider's process, in which one `up` runs. */
export interface Run {
  /** Told from every other run's. */
  readonly id: string;
  /** When it began, in milliseconds since 1970. */
  readonly began: number;
}

/** Who asks, and the server's clock: it may be ahead of ours or behind, and it is the one that says when something was written. */
export interface Writer {
  readonly owner: string;
  readonly run: Run;
  readonly client: { serverTimeAt(ours: number): number };
}

/** @param version - what tells this state of the object from any other, such as its revision */
export function stampOf(version: string, run: Run, knowledge: Knowledge): string {
  return `${version}.${run.id}${signs[knowledge]}`;
}

/**
 * What this resource knew when it wrote the object that still is at this version; `undefined` when somebody wrote since,
 * or when the writer is another run of the stack at the same time, whose program nobody here knows.
 *
 * @param writtenAt - when the object was written last by the server's clock, in milliseconds since 1970
 */
export function knowledgeOf(
  owned: StampedMark | undefined,
  { owner, run, client }: Writer,
  version: string,
  writtenAt: number | undefined,
): Knowledge | undefined {
  const [, at, by, sign] = /^(.*)\.(\w+)(\W?)$/.exec(owned?.stamp ?? "") ?? [];
  if (at !== version || !isMadeBy(owned?.mark, owner)) return undefined;
  const isOver = by === run.id || (writtenAt !== undefined && writtenAt <= client.serverTimeAt(run.began));
  if (!isOver) return undefined;
  return (Object.keys(signs) as Knowledge[]).find((knowledge) => signs[knowledge] === sign);
}

const parts = 4;

/** Takes a text from an object apart. */
export function parseMark(text: string): StampedMark {
  const all = text.split("/");
  return { mark: all.slice(0, parts).join("/"), stamp: all[parts] };
}

export function markText({ mark, stamp }: StampedMark): string {
  return stamp === undefined ? mark : `${mark}/${stamp}`;
}

/** `project/stack`, as a mark says it. */
export function stackOf(mark: string | undefined): string | undefined {
  return mark?.split("/").slice(0, 2).join("/");
}

/** Whether the same resource of the same stack made the mark, in this run or an earlier one. */
export function isMadeBy(mark: string | undefined, owner: string): boolean {
  return mark?.split("/")[2] === ownerHash(owner);
}

function ownerHash(owner: string): string {
  return createHash("sha256").update(owner).digest("hex").slice(0, 16);
}

function plain(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]/g, "-").slice(0, 100);
}
