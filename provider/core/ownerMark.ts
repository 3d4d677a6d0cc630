import { createHash } from "node:crypto";

/**
 * The mark that says which resource of which stack made an object: `project/stack/owner/nonce`. The first two are for
 * people, the third finds an object again whose create was interrupted, the last tells this object from one that
 * somebody else made, or took over, under the same name. At most 227 characters, since NSX's tags hold 256.
 */
export function newMark({ owner, nonce }: { owner: string; nonce(): string }): string {
  const [stack = "", project = ""] = owner.split("urn:pulumi:").at(-1)?.split("::") ?? [];
  return `${plain(project)}/${plain(stack)}/${ownerHash(owner)}/${nonce()}`;
}

/** `project/stack`, as a mark says it. */
export function stackOf(mark: string | undefined): string | undefined {
  return mark?.split("/").slice(0, 2).join("/");
}

/** Whether the same resource of the same stack made the mark, in this run or an earlier one. */
export function isMadeBy(mark: string | undefined, owner: string): boolean {
  return mark?.split("/").at(-2) === ownerHash(owner);
}

function ownerHash(owner: string): string {
  return createHash("sha256").update(owner).digest("hex").slice(0, 16);
}

function plain(name: string): string {
  return name.replace(/[^A-Za-z0-9._-]/g, "-").slice(0, 100);
}
