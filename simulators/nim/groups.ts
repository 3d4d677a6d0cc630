import { z } from "zod";
import { empty, json } from "../kit/index.ts";
import type { Deployments } from "./deployments.ts";
import { exists, gone, referenced } from "./errors.ts";
import { writeVersion } from "./files.ts";
import type { Fleet } from "./fleet.ts";
import type { Lists } from "./lists.ts";
import { versionAsked, versionView } from "./systems.ts";
import type { Author, Group, Json, NimEnvironment, NimRequest, Routes } from "./types.ts";
import { validate } from "./validate.ts";

const groupRequest = z.strictObject({
  // The agents' configuration has it as one word; a name is no path.
  name: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^/\\?#%\p{Cc}]+$/u, "the name is not valid"),
  displayName: z.string().default(""),
  description: z.string().default(""),
});

export interface InstanceGroups {
  routes: Routes;
  /** Creates the group of that name, or changes it, as somebody else. */
  write(name: string, body: unknown, author: Author): Json;
}

/** Instance groups (docs/nim.md#paths). Instances join one on their own side, through the agent's configuration. */
export function createInstanceGroups(
  environment: NimEnvironment,
  fleet: Fleet,
  deployments: Deployments,
  lists: Lists,
): InstanceGroups {
  const { switches } = environment;

  function view(group: Group): Json {
    const { uid, name, displayName, description, lastDeployment } = group;
    const members = fleet.members(group);
    return {
      baseConfigName: "",
      configVersion: {
        instances: members.flatMap(({ versions: [newest] }) => (newest ? [writeVersion(newest)] : [])),
        versions: group.versions.map(writeVersion),
      },
      description,
      displayName,
      instances: members.map((instance) => instance.uid),
      ...(lastDeployment && { lastDeploymentDetails: deployments.view(lastDeployment) }),
      links: [
        { rel: fleet.groupPath(group), name: "self", displayName },
        ...(lastDeployment ? [{ rel: deployments.linkOf(lastDeployment), name: "deployment", displayName: "" }] : []),
      ],
      name,
      uid,
    };
  }

  const summary = ({ uid, name, displayName, description, versions: [newest] }: Group): Json => ({
    description,
    displayName,
    name,
    uid,
    externalId: newest?.externalId ?? null,
    externalIdType: newest?.externalIdType ?? "other",
  });

  const find = ({ params }: NimRequest) => {
    const group = fleet.groups.get(params.uid ?? "");
    if (!group) throw gone("Instance Group");
    return group;
  };

  const refuseTwin = (name: string, self?: Group) => {
    const twin = [...fleet.groups.values()].find((group) => group.name === name && group !== self);
    if (twin && switches.instanceGroupName === "unique") throw exists(`Instance Group ${name}`);
  };

  const called = (displayName: string, name: string) =>
    displayName === "" && switches.instanceGroupDisplayName === "name" ? name : displayName;

  function create(body: unknown, author: Author): Group {
    const wanted = validate(groupRequest, body, switches.unknownFields === "ignore");
    refuseTwin(wanted.name);
    const group = fleet.addGroup(wanted.name, called(wanted.displayName, wanted.name), wanted.description);
    fleet.record("create", fleet.groupPath(group), view(group), author);
    return group;
  }

  function change(group: Group, body: unknown, author: Author): void {
    const wanted = validate(groupRequest.partial(), body, switches.unknownFields === "ignore");
    if (wanted.name !== undefined) refuseTwin(wanted.name, group);
    const given = Object.fromEntries(Object.entries(body as Json).filter(([name]) => name in wanted));
    Object.assign(group, given);
    group.displayName = called(group.displayName, group.name);
    fleet.record("update", fleet.groupPath(group), view(group), author);
  }

  function write(name: string, body: unknown, author: Author): Json {
    const group = [...fleet.groups.values()].find((one) => one.name === name);
    if (group) change(group, body, author);
    return view(group ?? create({ name, ...(body as Json) }, author));
  }

  const routes: Routes = {
    "GET /instance-groups": ({ query }) => lists.answer(query, () => [...fleet.groups.values()].map(view)),
    "GET /instance-groups/summary": ({ query }) => lists.answer(query, () => [...fleet.groups.values()].map(summary)),
    "POST /instance-groups": (request) => {
      const group = create(request.body, request);
      return json(201, view(group));
    },
    "GET /instance-groups/{uid}": (request) => json(200, view(find(request))),
    "PATCH /instance-groups/{uid}": (request) => {
      const group = find(request);
      change(group, request.body, request);
      return json(200, view(group));
    },
    "DELETE /instance-groups/{uid}": (request) => {
      const group = find(request);
      const members = fleet.members(group).map(({ uid }) => `it has the instance ${uid}`);
      if (members.length > 0 && switches.usedInstanceGroupDelete === "refuse") {
        throw referenced(`Instance Group ${group.name}`, members);
      }
      fleet.record("delete", fleet.groupPath(group), view(group), request);
      for (const instance of fleet.members(group)) instance.groupUid = undefined;
      fleet.groups.delete(group.uid);
      return empty(204);
    },
    "GET /instance-groups/{uid}/config": (request) => {
      const group = find(request);
      const version = versionAsked(request, group.versions);
      if (!version) return json(200, fleet.groupConfig(group));
      return json(200, { ...versionView(version), instances: fleet.members(group).map(({ uid }) => uid) });
    },
  };
  return { routes, write };
}
