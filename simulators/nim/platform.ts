import { z } from "zod";
import { json } from "../kit/index.ts";
import { NimError } from "./errors.ts";
import { allFiles, configShape, readFiles } from "./files.ts";
import type { Fleet } from "./fleet.ts";
import type { Lists } from "./lists.ts";
import { features, type Rbac } from "./rbac.ts";
import type { Json, NimEnvironment, NimHandler, Routes } from "./types.ts";
import { validate } from "./validate.ts";

const services = ["core", "dpm", "ingestion", "integrations", "secmon"];

/** The request of an analysis is not public; made like that of a publish, for one instance or for none. */
const analysisRequest = z.strictObject({ ...configShape, nginxUid: z.string().optional() });
/** The form of a feature is not public (docs/nim.md#access-control). */
const featureForms = {
  "id and name": ([id, name]: readonly [string, string]): Json => ({ id, name }),
  "name and displayName": ([name, displayName]: readonly [string, string]): Json => ({ name, displayName }),
  // A list of texts and not of objects.
  texts: ([id]: readonly [string, string]) => id as unknown as Json,
};

const licenseRequest = z.looseObject({ metadata: z.looseObject({}), desiredState: z.looseObject({}) });

/** A line of nginx's: what is wrong, in which file and line. */
const problem = /\[(emerg|alert|crit|warn)\] (.*?)(?: in (\S+?):(\d+))?$/gm;

/** What clients ask to learn whom they talk to (docs/nim.md#paths), and the analysis of configs. */
export function platformRoutes({ clock, switches }: NimEnvironment, fleet: Fleet, rbac: Rbac, lists: Lists): Routes {
  const now = () => new Date(clock.now()).toISOString();
  const license: Json = { metadata: { name: "license" }, currentStatus: { licenseStatus: "VALID", type: "JWT" } };
  const applyLicense: NimHandler = ({ body }) => {
    validate(licenseRequest, body);
    return json(202, license);
  };
  function userInfo(user: string): Json {
    const known = (rbac.read("users", user) ?? {}) as { metadata?: Json; userDef?: Json };
    if (switches.userInfo === "user") return { ...known, username: user };
    const { roles, groups, ...rest } = known.userDef ?? {};
    const namesOf = (refs: unknown) => ((refs ?? []) as { ref: string }[]).map(({ ref }) => ref.split("/").at(-1));
    return { username: user, ...rest, roles: namesOf(roles), groups: namesOf(groups) };
  }

  return {
    "GET /features": ({ query }) => lists.answer(query, () => features.map(featureForms[switches.featureForm])),
    "GET /userinfo": ({ user }) => json(200, userInfo(user)),
    "GET /license": () => json(200, license),
    "GET /license/status": () => json(200, { licenseStatus: "VALID" }),
    "PUT /license": applyLicense,
    "POST /license": applyLicense,
    "GET /modules": () => json(200, { items: [{ name: "Instance Manager", version: "2.22.2" }] }),
    "GET /modules/versions": () => json(200, { "instance-manager": "2.22.2" }),
    "GET /health": () =>
      json(200, {
        services: Object.fromEntries(services.map((name) => [name, "healthy"])),
        status: "healthy",
        timestamp: now(),
      }),
    // Its own shape is not public (docs/nim.md#paths), so there are those of its siblings.
    "POST /analysis": async ({ body }) => {
      if (switches.analysis === "none") throw new NimError(404, "no matching operation was found");
      const request = validate(analysisRequest, body, switches.unknownFields === "ignore");
      const config = readFiles(request.configFiles, request.auxFiles, "/etc/nginx");
      const known = fleet.instances.get(request.nginxUid ?? "");
      const instance = known ?? [...fleet.instances.values()][0];
      const verdict = await instance?.host.test(new Map([...(known?.disk ?? []), ...allFiles(config)]));
      const found = [...(verdict?.output ?? "").matchAll(problem)].map(
        ([, severity, error = "", file = "", line = "0"]) => ({
          file,
          line: Number(line),
          error,
          isWarning: severity === "warn",
        }),
      );
      const errors = found.filter(({ isWarning }) => !isWarning).map(({ isWarning: _, ...rest }) => rest);
      if (switches.analysis === "crossplane") {
        return json(200, { status: errors.length > 0 ? "failed" : "ok", errors: errors.slice(0, 1) });
      }
      const items = found.map(({ file, line, error, isWarning }) => ({
        rule: isWarning ? "nginx-warning" : "nginx-syntax",
        info: error,
        severity: isWarning ? "warning" : "error",
        category: "other",
        where: [{ directive: "", file, line, message: error }],
      }));
      return json(200, { items });
    },
  };
}

/** `/api/liveness/<service>` answers without a login (docs/nim.md#paths). */
export function isLive(path: string): boolean {
  return services.some((service) => path === `/api/liveness/${service}`);
}
