import { describe, expect, it } from "vitest";
import { type NimSwitches, nimSwitches } from "../../simulators/nim/index.ts";
import { occasions } from "../../simulators/nim/refusals.ts";
import { base, main, type NimClient, payload, serving, startClient } from "./nim.client.ts";

const role = { metadata: { name: "team" }, roleDef: { permissions: [] } };
const reader = {
  metadata: { name: "reader" },
  roleDef: { permissions: [{ feature: "USER-MANAGEMENT", accessTypes: ["READ"] }] },
};
const lacks = "The user lacks the permission: DELETE of USER-MANAGEMENT";
const held = { metadata: { name: "bob" }, userDef: { roles: [{ ref: `${base}/roles/team` }] } };

/** How each refusal is brought about, whatever it is called. */
const refused: Record<string, (client: NimClient) => ReturnType<NimClient["send"]>> = {
  staleSaid({ send, instance }) {
    const old = payload({ [main]: serving("old") }, { updateTime: "2001-01-01T00:00:00Z" });
    return send("POST", `${instance}/config`, old);
  },
  async existsSaid({ send }) {
    await send("POST", "/roles", role);
    return send("POST", "/roles", role);
  },
  async inUseSaid({ send }) {
    await send("POST", "/roles", role);
    await send("POST", "/users", held);
    return send("DELETE", "/roles/team");
  },
  goneSaid: ({ send }) => send("GET", "/roles/team"),
  unmappedSaid: ({ send }) => send("GET", "/api/platform/v2/roles/team"),
  deniedSaid({ control, send }) {
    control.write("roles", "reader", reader);
    control.write("users", "admin", {
      metadata: { name: "admin" },
      userDef: { roles: [{ ref: `${base}/roles/reader` }] },
    });
    return send("DELETE", "/roles/reader");
  },
};

const start = (switches: Partial<NimSwitches> = {}) =>
  startClient({ nginx: false, systems: [{ hostname: "web-1" }], switches });
const older = "The published configuration is older than the active instance configuration.";
const generic = "The resource already exists or is referenced by another resource.";

describe("one refusal in other words", () => {
  it.each<[Partial<NimSwitches>, number, object | undefined]>([
    [{ unmappedSaid: "502" }, 502, { code: 502, message: "Upstream Unavailable" }],
    [{ unmappedSaid: "404" }, 404, { code: 404, message: "Not Found" }],
    [{ unmappedSaid: "404 with the path" }, 404, { message: "/api/platform/v2/roles/team not found" }],
    [{ unmappedSaid: "404 of a service" }, 404, { message: "no matching operation was found", details: [] }],
    [{ staleSaid: "message" }, 409, { code: 409, message: older }],
    [{ staleSaid: "details" }, 409, { code: 409, message: "Conflict", details: [{ description: older }] }],
    [{ staleSaid: "service code", conflictStatus: 400 }, 400, { code: 131043, message: older }],
    [{ staleSaid: "text code" }, 409, { code: "409", message: older, details: null }],
    [{ existsSaid: "message" }, 409, { message: "role team already exists" }],
    [{ existsSaid: "details" }, 409, { message: "Conflict", details: [{ description: "role team already exists" }] }],
    [{ existsSaid: "service code" }, 409, { code: 131043, message: "role team already exists" }],
    [{ existsSaid: "text code" }, 409, { code: "409" }],
    [{ existsSaid: "generic" }, 409, { message: generic }],
    [{ existsSaid: "no body" }, 409, undefined],
    [{ inUseSaid: "message" }, 409, { message: "Role team is referenced by another resource" }],
    [
      { inUseSaid: "details" },
      409,
      {
        message: "Conflict",
        details: [
          { description: "Role team is referenced by another resource" },
          { description: `assigned to ${base}/users/bob` },
        ],
      },
    ],
    [{ inUseSaid: "service code" }, 409, { code: 131043 }],
    [{ inUseSaid: "text code" }, 409, { code: "409" }],
    [{ inUseSaid: "generic" }, 409, { message: generic }],
    [{ inUseSaid: "no body" }, 409, undefined],
    [{ goneSaid: "noun" }, 404, { code: 404, message: "role team Not Found" }],
    [{ goneSaid: "name" }, 404, { code: 131043, message: "error getting team: not found" }],
    [{ goneSaid: "does not exist" }, 404, { message: "role team with id team does not exist" }],
    [{ goneSaid: "details" }, 404, { message: "Not Found", details: [{ description: "role team Not Found" }] }],
    [{ goneSaid: "service code" }, 404, { code: 131043, message: "role team Not Found" }],
    [{ goneSaid: "text code" }, 404, { code: "404" }],
    [{ deniedSaid: "message" }, 403, { code: 403, message: lacks }],
    [{ deniedSaid: "details" }, 403, { message: "Forbidden", details: [{ description: lacks }] }],
    [{ deniedSaid: "gateway" }, 403, { code: 403, message: "Forbidden" }],
    [{ deniedSaid: "unauthorized" }, 401, { code: 401, message: "Unauthorized" }],
    [{ deniedSaid: "no body" }, 403, undefined],
  ])("%o", async (switches, status, body) => {
    const client = await start(switches);
    const answer = await refused[Object.keys(switches)[0] as string]?.(client);
    expect(answer?.status).toBe(status);
    if (body) expect(answer?.body).toMatchObject(body);
    else expect(answer?.body ?? "").toBe("");
  });

  it("of an instance's config by the uid of the instance", async () => {
    const { send, instance } = await start({ goneSaid: "name" });
    await send("DELETE", instance);
    const { body } = await send("GET", `${instance}/config`);
    expect(body.message).toBe(`error getting ${instance.split("/").at(-1)}: not found`);
  });

  it("has a refusal for each switch", () => {
    const names = Object.keys(nimSwitches).filter((name) => name.endsWith("Said"));
    expect(Object.keys(refused).sort()).toEqual(names.sort());
  });
});

it.each(Object.keys(occasions))(
  "what is said now and then, by its name, and nothing is committed: %s",
  async (name) => {
    const { send, control } = await start();
    control.faults.inject({ match: "POST /**", fault: { kind: "refusal", name } });
    expect((await send("POST", "/roles", role)).status).toBe(Number(/\d{3}/.exec(name)?.[0]));
    expect((await send("GET", "/roles/team")).status).toBe(404);
    expect((await send("POST", "/roles", role)).status).toBe(201);
  },
);
