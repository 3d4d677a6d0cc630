// Files of this machine: single ones, those of a folder, and those in an archive, whose path is `site.zip!/index.html`.
import { readdirSync, readFileSync, realpathSync, type Stats, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { messageOf } from "../travel/errors.ts";
import { entriesOf } from "./archive.ts";

/** A file of a folder or an archive. */
export interface LocalFile {
  /** Below the folder, with slashes. */
  readonly name: string;
  readonly path: string;
}

/** Files of one folder or archive; more are a mistake in its path. */
const most = 10_000;

const isArchive = /\.(?:zip|tar|tar\.gz|tgz)$/;
const inArchive = /^(.*\.(?:zip|tar|tar\.gz|tgz))!\/(.+)$/s;

/** @throws when it is not there */
export function readLocal(path: string): Buffer {
  const [, archive, name] = inArchive.exec(path) ?? [];
  if (archive === undefined) return readFileSync(path);
  const found = entriesIn(archive).get(name ?? "");
  if (!found) throw new Error(`${archive} has no ${name}.`);
  return found;
}

/** Whether there is a file at that path. */
export function isLocalFile(path: string): boolean {
  return statOf(path)?.isFile() ?? false;
}

/** Why a path leads to no file of at most so many bytes. */
export function whyNoFile(path: string, largest: number): string | undefined {
  const [, archive] = inArchive.exec(path) ?? [];
  const found = statOf(archive ?? path);
  if (!found) return `is ${path}, which is not there`;
  if (found.isDirectory()) return `is ${path}, which is a folder; give it as new pulumi.asset.FileArchive(path)`;
  if (!found.isFile()) return `is ${path}, which is no file`;
  const size = archive === undefined ? found.size : readLocal(path).length;
  return size > largest ? `is ${path}, which has ${size} bytes; NIM takes ${largest} in one file` : undefined;
}

/** All files of a folder or an archive. @throws where something in it cannot be published as a file */
export function filesIn(path: string): LocalFile[] {
  const found = statOf(path);
  if (!found) throw new Error(`is ${path}, which is not there`);
  const isPacked = found.isFile() && isArchive.test(path);
  if (!isPacked && !found.isDirectory())
    throw new Error(`is ${path}, which is neither a folder nor a tar or zip archive`);
  const files = isPacked ? filesInArchive(path) : filesInFolder(path);
  if (files.length > most) throw new Error(`${path} has ${files.length} files; at most ${most} are taken.`);
  return files;
}

function filesInArchive(path: string): LocalFile[] {
  return [...entriesIn(path).keys()].map((name) => ({ name, path: `${path}!/${name}` }));
}

function filesInFolder(folder: string): LocalFile[] {
  const within = realpathSync(folder) + sep;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      // Pulumi puts a copy in the place of such a link as well.
      const isCopy = entry.isSymbolicLink() && isLocalFile(path) && realpathSync(path).startsWith(within);
      if (entry.isSymbolicLink() && !isCopy) throw new Error(`${path} is a link that leads to no file of ${folder}.`);
      if (!entry.isFile() && !isCopy) throw new Error(`${path} is no file.`);
      return { name: relative(folder, path).split(sep).join("/"), path };
    });
}

/** The archive that was asked for last: it is asked for each of its files. */
let last: { readonly key: string; readonly entries: ReadonlyMap<string, Buffer> } | undefined;

function entriesIn(archive: string): ReadonlyMap<string, Buffer> {
  const { mtimeMs, size, ino } = statSync(archive);
  const key = JSON.stringify([archive, mtimeMs, size, ino]);
  if (last?.key === key) return last.entries;
  try {
    // Of several files of one name the last counts: `tar -r` adds a newer one behind the older, and unpacking ends with it.
    const entries = new Map(entriesOf(archive, readFileSync(archive)).map(({ name, bytes }) => [inner(name), bytes]));
    last = { key, entries };
    return entries;
  } catch (error) {
    throw new Error(`${archive} ${messageOf(error)}.`, { cause: error });
  }
}

/** `tar -C site .` puts `./` before each name. @throws for a name that leads out of the archive */
export function inner(name: string): string {
  const clean = name.replace(/^(?:\.\/)+/, "");
  if (clean.split(/[/\\]/).some((part) => ["", ".", ".."].includes(part)))
    throw new Error(`has ${name}, which leads out of it`);
  return clean;
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
