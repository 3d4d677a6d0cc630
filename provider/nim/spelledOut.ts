// Folders and archives among the files of the arguments stand for the files in them, and assets for what they hold where
// the state has to hold it. Done before anything looks at the arguments: from then on a file is a file.
import { holdsUnknown, type Issue, unknown } from "../core/check.ts";
import { covers, pathsIn } from "../core/propertyPath.ts";
import { isRecord, mapEntries } from "../core/shape.ts";
import { messageOf } from "../travel/errors.ts";
import { type ArchiveReference, fileAsset, inline, isArchive, isAsset, largestFile } from "./content.ts";
import { filesIn, inner, type LocalFile, readLocal, whyNoFile } from "./localFiles.ts";

type Properties = Readonly<Record<string, unknown>>;

/** The arguments that have files. */
export const fileArguments = ["files", "auxFiles", "onDelete"] as const;

export function spelledOut(given: Properties, olds: Properties): { given: Properties; issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const inFull: Record<string, unknown> = { ...given };
  for (const argument of fileArguments) {
    const [files, before] = [given[argument], olds[argument]];
    const unclear: Record<string, unknown> = {};
    const report = (key: string, message: string) => {
      issues.push({ path: [argument, key], message });
      unclear[key] = unknown;
    };
    if (!isRecord(files)) continue;
    const known = filesInFull(files, argument === "onDelete" ? contentOf : plain, report);
    const isFolder = (key: string) =>
      isArchive(files[key]) ||
      (!(key in files) && isRecord(before) && Object.keys(before).some((path) => path.startsWith(`${key}/`)));
    for (const key of namedIn(given.ignoreChanges, argument).filter(isFolder)) {
      report(key, `stands for its files, so ignoreChanges has to name those, or the whole of ${argument}`);
    }
    for (const key of namedIn(given.secretInputs, argument).filter((path) => isArchive(files[path]))) {
      report(key, "stands for its files, so it cannot be a secret; make secrets of those that are, by their own paths");
    }
    inFull[argument] = { ...known, ...unclear };
  }
  return { given: takenOver(inFull, olds), issues };
}

/**
 * In the place of what the program leaves to others Pulumi puts what the state has, and after a refresh that is also what
 * others have added. A file that the program declares in the other argument is its own from then on, so the one that was
 * put back is none of the program's.
 */
function takenOver(given: Properties, olds: Properties): Properties {
  const left = pathsIn(given.ignoreChanges);
  const isLeft = (argument: string, path: string) => covers(left, [argument, path]);
  const remaining = (argument: string, other: string) => {
    const [files, before, others] = [given[argument], olds[argument], given[other]];
    if (!isRecord(files) || !isRecord(before) || !isRecord(others)) return {};
    const isPutBack = (path: string) =>
      path in before && path in others && isLeft(argument, path) && !isLeft(other, path);
    return { [argument]: mapEntries(files, (path, content) => (isPutBack(path) ? undefined : content)) };
  };
  return { ...given, ...remaining("files", "auxFiles"), ...remaining("auxFiles", "files") };
}

/** Keys of the argument that a list of paths names. */
function namedIn(paths: unknown, argument: string): string[] {
  return pathsIn(paths).flatMap(([top, key, ...rest]) =>
    top === argument && typeof key === "string" && rest.length === 0 ? [key] : [],
  );
}

function filesInFull(
  files: Properties,
  single: (value: unknown) => unknown,
  report: (key: string, message: string) => void,
): Properties {
  const below: Record<string, unknown> = {};
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(files)) {
    try {
      if (holdsUnknown(value)) own[key] = value;
      else if (isArchive(value))
        for (const [name, file] of filesOf(value)) below[`${key.replace(/\/$/, "")}/${name}`] = single(file);
      else own[key] = single(value);
    } catch (error) {
      report(key, messageOf(error));
    }
  }
  return { ...below, ...own };
}

/**
 * What an archive holds, by the path below it. @throws where that is nothing: publishing it would remove all there is, and
 * a folder that a build has not filled yet is far likelier than one that is meant so
 */
function filesOf({ assets = {}, path, uri }: ArchiveReference): [string, unknown][] {
  if (uri !== undefined) throw new Error("is an archive at an address; give its files, or a FileArchive of them");
  const files = path === undefined ? filesAmong(assets) : filesIn(path).map(assetOf);
  if (files.length === 0) throw new Error(`${path === undefined ? "" : `${path} `}has no file in it.`);
  return files;
}

const assetOf = ({ name, path }: LocalFile): [string, unknown] => [name, fileAsset(path)];

function filesAmong(assets: Properties): [string, unknown][] {
  return Object.entries(assets).flatMap(([name, value]): [string, unknown][] => {
    const files = isArchive(value) ? filesOf(value) : undefined;
    return files?.map(([below, file]) => [`${inner(name)}/${below}`, file]) ?? [[inner(name), value]];
  });
}

/** A `StringAsset` is text; Pulumi's own library cannot read an empty one back. */
function plain(value: unknown): unknown {
  const isText = isAsset(value) && value.path === undefined && value.uri === undefined;
  return isText ? ((value as { text?: string }).text ?? "") : value;
}

/** What is to be published when the resource goes: then Pulumi tells only the hash of an asset, and its file may be gone. */
function contentOf(value: unknown): unknown {
  if (!isAsset(value)) return value;
  if (value.uri !== undefined) throw new Error("is at an address; onDelete takes files of this machine only");
  if (value.path === undefined) return plain(value);
  const why = whyNoFile(value.path, largestFile);
  if (why) throw new Error(why);
  return inline(readLocal(value.path));
}
