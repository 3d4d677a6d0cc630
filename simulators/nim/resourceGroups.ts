import { z } from "zod";
import { empty, json } from "../kit/index.ts";
import { exists, gone, notFound } from "./errors.ts";
import type { Fleet } from "./fleet.ts";
import type { Lists } from "./lists.ts";
import { basePath, type NimEnvironment, type NimRequest, type Routes } from "./types.ts";
import { validate } from "./validate.ts";

const resource = z.strictObject({ module: z.string(), name: z.string(), object: z.string(), uid: z.string() });
const groupRequest = z.strictObject({
  name: z.string().min(1).max(255),
  description: z.string().default(""),
  resources: z.array(resource).default([]),
});

type ResourceGroup = z.output<typeof groupRequest> & { uid: string };

export interface ResourceGroups {
  routes: Routes;
  reset(): void;
}

/** docs/nim.md#paths: no PUT and no PATCH of the group itself; resources come and go one at a time. */
export function createResourceGroups({ random, switches }: NimEnvironment, fleet: Fleet, lists: Lists): ResourceGroups {
  const groups = new Map<string, ResourceGroup>();
  const pathOf = (uid: string) => `${basePath(switches)}/resource-groups/${uid}`;

  const find = ({ params }: NimRequest) => {
    const group = groups.get(params.uid ?? "");
    if (!group) throw gone("Resource Group");
    return group;
  };

  function replace(group: ResourceGroup, request: NimRequest): void {
    groups.set(group.uid, group);
    fleet.record("update", pathOf(group.uid), group, request);
  }

  function reset(): void {
    groups.clear();
    const systems = [...fleet.systems.values()];
    const uid = random.uuid();
    // Every new system joins this one.
    const resources = systems.map(({ hostname, uid }) => ({
      module: "Instance Manager",
      name: hostname,
      object: "Systems",
      uid,
    }));
    groups.set(uid, { uid, name: "default-systems", description: "", resources });
  }
  reset();

  return {
    reset,
    routes: {
      "GET /resource-groups": ({ query }) =>
        lists.answer(query, () => {
          const showDetails = query.get("showDetails") === "true";
          return [...groups.values()].map(({ resources, ...group }) => ({
            ...group,
            ...(showDetails && { resources }),
          }));
        }),
      "POST /resource-groups": (request) => {
        const wanted = validate(groupRequest, request.body, switches.unknownFields === "ignore");
        const twin = [...groups.values()].some(({ name }) => name === wanted.name);
        if (twin) throw exists(`Resource Group ${wanted.name}`);
        const group = { ...wanted, uid: random.uuid() };
        groups.set(group.uid, group);
        fleet.record("create", pathOf(group.uid), group, request);
        return json(201, group);
      },
      "GET /resource-groups/{uid}": (request) => json(200, find(request)),
      "DELETE /resource-groups/{uid}": (request) => {
        const group = find(request);
        groups.delete(group.uid);
        fleet.record("delete", pathOf(group.uid), group, request);
        return empty(204);
      },
      "POST /resource-groups/{uid}/resources": (request) => {
        const group = find(request);
        const added = validate(resource, request.body, switches.unknownFields === "ignore");
        if (group.resources.some(({ uid }) => uid === added.uid)) throw exists(`Resource ${added.uid}`);
        replace({ ...group, resources: [...group.resources, added] }, request);
        return json(201, added);
      },
      "DELETE /resource-groups/{uid}/resources/{resourceUid}": (request) => {
        const group = find(request);
        const resources = group.resources.filter(({ uid }) => uid !== request.params.resourceUid);
        if (resources.length === group.resources.length) throw notFound("Resource");
        replace({ ...group, resources }, request);
        return empty(204);
      },
    },
  };
}
