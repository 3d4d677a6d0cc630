// The files in tar and zip archives, as far as those are made today: what they hold besides files is refused.
import { crc32, gunzipSync, inflateRawSync } from "node:zlib";

/** A file by its name in the archive. */
export interface Entry {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Bytes that all files of an archive may have together: a small one can become any size. */
const largest = 256 * 1024 * 1024;
const tooMuch = "has more than 256 MiB";

/** @throws with what is wrong, after the archive's name */
export function entriesOf(path: string, archive: Buffer): Entry[] {
  if (path.endsWith(".zip")) return zipEntries(archive);
  // Told by its first bytes, as tar does: `tar czf site.tar` gives the wrong name, and no error.
  const isZipped = archive[0] === 0x1f && archive[1] === 0x8b;
  return tarEntries(isZipped ? gunzipped(archive) : archive);
}

/** Also what is left of a file where a tar archive has ended, and whatever else somebody has saved under its name. */
const noTar = "is cut off, or no tar archive";

/** What comes after the last file. */
const endOfTar = Buffer.alloc(512);

/** Whether the sum of its bytes is the one that stands in it, for which blanks count as they are summed up. */
function isTarHeader(block: Buffer): boolean {
  const said = Number.parseInt(block.toString("latin1", 148, 156), 8);
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  return block.length === 512 && sum === said;
}

/**
 * POSIX.1-2001 (pax) and GNU's long names. A publish removes what is not in the archive, so bytes that are no archive must
 * never pass for one with less in it: each header has its sum, and there is an end.
 */
function tarEntries(tar: Buffer): Entry[] {
  const entries: Entry[] = [];
  let longName: string | undefined;
  for (let at = 0; !tar.subarray(at, at + 512).equals(endOfTar); ) {
    if (!isTarHeader(tar.subarray(at, at + 512))) throw new Error(noTar);
    const text = (from: number, length: number) =>
      tar.toString("utf8", at + from, at + from + length).replace(/\0.*$/s, "");
    const [size, prefix] = [Number.parseInt(text(124, 12), 8), text(345, 155)];
    const [type, bytes] = [text(156, 1), tar.subarray(at + 512, at + 512 + size)];
    if (bytes.length !== size) throw new Error(noTar);
    const name: string =
      longName ??
      (prefix && tar.toString("latin1", at + 257, at + 263) === "ustar\0" ? `${prefix}/${text(0, 100)}` : text(0, 100));
    longName = undefined;
    const [, sparse] = type === "x" ? (/ GNU\.sparse\.name=([^\n]*)\n/.exec(bytes.toString()) ?? []) : [];
    if (sparse !== undefined) throw new Error(`has ${sparse}, which is stored with holes`);
    if (type === "L") longName = bytes.toString().replace(/\0.*$/s, "");
    else if (type === "x") longName = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(bytes.toString())?.[1];
    else if (type === "" || type === "0") entries.push({ name, bytes });
    else if (type !== "5" && type !== "g")
      throw new Error(`has ${name}, which is ${/[12]/.test(type) ? "a link" : "no file"}`);
    at += 512 * (1 + Math.ceil(size / 512));
  }
  return entries;
}

const noZip = "is damaged, or has more than 4 GB";

/** PKWARE's APPNOTE, without zip64 and encryption. */
function zipEntries(zip: Buffer): Entry[] {
  const end = zip.lastIndexOf("PK\x05\x06", undefined, "latin1");
  if (end < 0 || end + 22 > zip.length) throw new Error("is cut off, or no zip archive");
  const entries: Entry[] = [];
  const [length, begin] = [zip.readUInt32LE(end + 12), zip.readUInt32LE(end + 16)];
  let at = begin;
  let total = 0;
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (at + 46 > end || zip.toString("latin1", at, at + 4) !== "PK\x01\x02") throw new Error(noZip);
    const [flags, method, crc] = [zip.readUInt16LE(at + 8), zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 16)];
    const [packed, size, nameLength] = [
      zip.readUInt32LE(at + 20),
      zip.readUInt32LE(at + 24),
      zip.readUInt16LE(at + 28),
    ];
    const name = zip.toString("utf8", at + 46, at + 46 + nameLength);
    const [mode, local] = [zip.readUInt32LE(at + 38) >>> 16, zip.readUInt32LE(at + 42)];
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
    if (name.endsWith("/")) continue;
    if ((mode & 0o170_000) === 0o120_000) throw new Error(`has ${name}, which is a link`);
    if (flags & 1 || (method !== 0 && method !== 8))
      throw new Error(`has ${name}, which is encrypted or packed unusually`);
    total += size;
    if (total > largest) throw new Error(tooMuch);
    if (local + 30 > begin || zip.toString("latin1", local, local + 4) !== "PK\x03\x04") throw new Error(noZip);
    const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const data = zip.subarray(from, from + packed);
    const bytes = method === 0 ? data : inflated(data, size);
    if (bytes?.length !== size || crc32(bytes) !== crc) throw new Error(`has ${name}, which is damaged`);
    entries.push({ name, bytes });
  }
  // The number of files has two bytes: of 65,537 it says one.
  if (at !== begin + length) throw new Error(noZip);
  return entries;
}

function gunzipped(archive: Buffer): Buffer {
  try {
    return gunzipSync(archive, { maxOutputLength: largest });
  } catch (error) {
    throw new Error((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? tooMuch : noTar);
  }
}

function inflated(data: Buffer, size: number): Buffer | undefined {
  try {
    return inflateRawSync(data, { maxOutputLength: Math.max(size, 1) });
  } catch {
    return undefined;
  }
}
