// Members of an instance group that somebody has changed apart from it.
import { z } from "zod";
import { byRefresh } from "../core/conflict.ts";
import type { NimContext } from "./client.ts";
import type { InstanceOutcome } from "./instanceTypes.ts";
import type { NginxConfigOutputs } from "./nginxConfigTypes.ts";
import type { Snapshot } from "./publish.ts";

const listed = z.looseObject({
  uid: z.string().default(""),
  systemUid: z.string().default(""),
  displayName: z.string().default(""),
});

const running = z.looseObject({
  configVersion: z.looseObject({ versions: z.array(z.looseObject({ versionHash: z.string().default("") })) }),
});

/**
 * What is worth remembering of what members run. A member that was away, or is new, is given the group's config by NIM
 * itself: so nothing before all have taken it.
 */
export function versionsOfMembers({ members }: Snapshot, outcomes: readonly InstanceOutcome[]): string[] {
  const areAllThere = outcomes.length === members.length;
  return areAllThere ? members.map(({ versionHash }) => versionHash).sort() : [];
}

/**
 * Members that run something else than this stack has seen on any of them. The group tells only the hashes; whose they
 * are is asked of the members, and only where there is such a one.
 *
 * @param state - with the hashes that this stack has seen: as many as members, or there is nothing to compare with
 */
export async function straysIn(
  context: NimContext,
  { members, instances, versionHash }: Snapshot,
  { memberVersions: known = [], versionHash: before }: Partial<NginxConfigOutputs>,
): Promise<InstanceOutcome[]> {
  // After another publish to the group, such as that of an interrupted run, each of them runs something else.
  if (known.length !== members.length || versionHash !== before) return [];
  const strange = members.map((member) => member.versionHash).filter((hash) => !known.includes(hash));
  if (strange.length === 0) return [];
  const strays: InstanceOutcome[] = [];
  for (const row of await context.client.list("/instances")) {
    const { uid, systemUid, displayName } = listed.parse(row);
    if (!instances.includes(uid)) continue;
    const found = running.safeParse(await context.client.find(`/systems/${systemUid}/instances/${uid}`));
    const [newest] = found.data?.configVersion.versions ?? [];
    if (newest && strange.includes(newest.versionHash)) strays.push({ ...changed, name: displayName || uid });
  }
  return strays.length > 0 ? strays : [{ ...changed, name: "a member" }];
}

const changed = { status: "changed", message: "changed apart from its group" };

export function explainStrays(id: string, strays: readonly InstanceOutcome[]): string {
  return `Members of the group were changed apart from ${id}: ${strays.map(({ name }) => name).join(", ")}.`;
}

/** @throws where a publish to the group would go over what somebody has done to a member, and no refresh has shown it */
export async function refuseStrays(
  context: NimContext,
  id: string,
  before: Snapshot,
  state: Partial<NginxConfigOutputs>,
  wayOut = byRefresh,
): Promise<void> {
  const strays = await straysIn(context, before, state);
  if (strays.length > 0) throw new Error(`${explainStrays(id, strays)} Nothing was published. ${wayOut}`);
}
