// The main file. Agents refuse a config without it, and a config that deleting the resource publishes is refused only when
// the program that could put it right is gone: so what can be known of it is told before.
import { z } from "zod";
import { isKind } from "../travel/errors.ts";
import type { NimContext } from "./client.ts";
import { declaredFiles } from "./configConflicts.ts";
import type { InFull, Snapshot } from "./publish.ts";

export const lackMainFile = (which = "") =>
  `lack the main file${which}; a publish without it would leave nginx without a config`;

/** The main file is the instance's own, whatever its name, so it is known only now. */
export function mustHaveMainFile({ mainFile }: Snapshot, inputs: InFull): void {
  const { onDelete = "retain" } = inputs;
  if (mainFile === undefined) return;
  for (const [argument, files] of Object.entries({ files: declaredFiles(inputs), onDelete })) {
    if (files !== "retain" && !(mainFile in files)) throw refusal(argument, mainFile);
  }
}

/**
 * The same for what is left behind on a group. Its members are asked, each of which may have another main file: the config
 * that NIM tells of a group is as it was published, so which file comes first in it says nothing. A main file that is not
 * declared either is no reason: its member does not take what is, and says so itself.
 *
 * @param before - for which this was asked last
 */
export async function mustLeaveMainFiles(
  context: NimContext,
  { instances }: Snapshot,
  inputs: InFull,
  before?: InFull,
): Promise<void> {
  const lacked = lackedIn(inputs);
  const known = before ? lackedIn(before) : [];
  if (instances.length === 0 || lacked.every((path) => known.includes(path))) return;
  const mainFile = (await mainFilesOf(context, instances)).find((path) => lacked.includes(path));
  if (mainFile !== undefined) throw refusal("onDelete", mainFile);
}

/** What may be a main file, and would not be left behind. */
function lackedIn({ files, onDelete = "retain" }: InFull): string[] {
  return onDelete === "retain" ? [] : Object.keys(files).filter((path) => !(path in onDelete));
}

const refusal = (argument: string, mainFile: string) =>
  new Error(`${argument} ${lackMainFile(`, ${mainFile}`)}. Nothing was published.`);

const row = z.looseObject({ uid: z.string().default(""), systemUid: z.string().default("") });

const nginx = z.looseObject({ configPath: z.string() });

/** None where the login must not see members: that is no reason not to publish to their group. */
async function mainFilesOf({ client }: NimContext, instances: readonly string[]): Promise<string[]> {
  const paths: string[] = [];
  try {
    for (const each of await client.list("/instances")) {
      const { uid, systemUid } = row.parse(each);
      if (!instances.includes(uid)) continue;
      const { data } = nginx.safeParse(await client.find(`/systems/${systemUid}/instances/${uid}`));
      if (data) paths.push(data.configPath);
    }
  } catch (error) {
    if (!isKind(error, "denied")) throw error;
  }
  return paths;
}
