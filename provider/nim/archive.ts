// The files in tar and zip archives, as far as those are made today: what they hold besides files is refused.
import { crc32, gunzipSync, inflateRawSync } from "node:zlib";

/** A file by its name in the archive. */
export interface Entry {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Bytes that all files of an archive may have together: a small one can become any size. */
const largest = 256 * 1024 * 1024;

/** @throws with what is wrong, after the archive's name */
export function entriesOf(path: string, archive: Buffer): Entry[] {
  if (path.endsWith(".zip")) return zipEntries(archive);
  return tarEntries(path.endsWith(".tar") ? archive : gunzipSync(archive, { maxOutputLength: largest }));
}

/** POSIX.1-2001 (pax) and GNU's long names. */
function tarEntries(tar: Buffer): Entry[] {
  const entries: Entry[] = [];
  let longName: string | undefined;
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const text = (from: number, length: number) =>
      tar.toString("utf8", at + from, at + from + length).replace(/\0.*$/s, "");
    const [size, prefix] = [Number.parseInt(text(124, 12), 8), text(345, 155)];
    const [type, bytes] = [text(156, 1), tar.subarray(at + 512, at + 512 + size)];
    if (bytes.length !== size) throw new Error("is cut off, or no tar archive");
    const name: string =
      longName ??
      (prefix && tar.toString("latin1", at + 257, at + 263) === "ustar\0" ? `${prefix}/${text(0, 100)}` : text(0, 100));
    longName = undefined;
    if (type === "L") longName = bytes.toString().replace(/\0.*$/s, "");
    else if (type === "x") longName = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(bytes.toString())?.[1];
    else if (type === "" || type === "0") entries.push({ name, bytes });
    else if (type !== "5" && type !== "g")
      throw new Error(`has ${name}, which is ${/[12]/.test(type) ? "a link" : "no file"}`);
    at += 512 * (1 + Math.ceil(size / 512));
  }
  return entries;
}

/** PKWARE's APPNOTE, without zip64 and encryption. */
function zipEntries(zip: Buffer): Entry[] {
  const end = zip.lastIndexOf("PK\x05\x06", undefined, "latin1");
  if (end < 0) throw new Error("is cut off, or no zip archive");
  const entries: Entry[] = [];
  let total = 0;
  for (let at = zip.readUInt32LE(end + 16), left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (zip.toString("latin1", at, at + 4) !== "PK\x01\x02") throw new Error("is damaged, or has more than 4 GB");
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
    if (total > largest) throw new Error("has more than 256 MiB of files");
    const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const data = zip.subarray(from, from + packed);
    const bytes = method === 0 ? data : inflateRawSync(data, { maxOutputLength: Math.max(size, 1) });
    if (bytes.length !== size || crc32(bytes) !== crc) throw new Error(`has ${name}, which is damaged`);
    entries.push({ name, bytes });
  }
  return entries;
}
