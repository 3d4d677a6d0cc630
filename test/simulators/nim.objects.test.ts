// The NIM simulator as a specification: roles, users, groups, systems, instance groups, staged configs (docs/nim.md).
import { describe, expect, it } from "vitest";
import type { NimSimulatorOptions } from "../../simulators/nim/index.ts";
import { base, base64, describeWithNginx, main, payload, serving, startClient as start } from "./nim.client.ts";

const permission = {
  feature: "INSTANCE-MANAGEMENT",
  accessTypes: ["CREATE", "READ", "UPDATE", "DELETE"],
  objects: [{ resource: "Systems", values: ["web-1"] }],
};
const role = (name: string, more = {}) => ({
  metadata: { kind: "role", name, displayName: "The Green Team", description: "Dev", tags: ["dev"] },
  roleDef: { permissions: [permission] },
  ...more,
});
const user = (name: string, more = {}) => ({ metadata: { name }, userDef: more });
const ref = (path: string) => ({ ref: base + path });

/** Most of this needs no nginx. */
const startClient = (options: NimSimulatorOptions = {}) => start({ nginx: false, ...options });

describe("roles (6)", () => {
  it("are created or replaced by PUT (201, 200), and read back with what NIM adds", async () => {
    const { send } = await startClient();
    const created = await send("PUT", "/roles/green", role("green"));
    expect(created).toMatchObject({ status: 201, body: role("green") });
    expect(created.body.metadata).toMatchObject({ selfLink: { rel: `${base}/roles/green` }, uid: expect.any(String) });
    const { uid, created: time } = created.body.metadata;
    const replaced = await send("PUT", "/roles/green", { metadata: { name: "green" }, roleDef: {} });
    expect(replaced.status).toBe(200);
    expect(replaced.body.metadata).toMatchObject({ uid, created: time, displayName: "", tags: [] });
    expect(replaced.body.roleDef.permissions).toEqual([]);
    // What a GET shows may be sent back.
    expect((await send("PUT", "/roles/green", (await send("GET", "/roles/green")).body)).status).toBe(200);
  });

  it("are replaced whole: names, tags and permissions that a PUT leaves out are gone; every write has its own time", async () => {
    // The clock stands still: the times of two writes differ all the same.
    const { send } = await startClient({ now: () => 1_700_000_000_000 });
    const other = { ...permission, feature: "CERTIFICATES" };
    await send("PUT", "/roles/green", { ...role("green"), roleDef: { permissions: [permission, other] } });
    const times: string[] = [];
    const seen = async () => {
      const { metadata, roleDef } = (await send("GET", "/roles/green")).body;
      expect(metadata.revisionTimestamp).toBe(metadata.modified);
      expect(times).not.toContain(metadata.modified);
      times.push(metadata.modified);
      return { metadata, roleDef };
    };
    const { created, uid } = (await seen()).metadata;
    await send("PUT", "/roles/green", { metadata: { name: "green", tags: ["x"] }, roleDef: { permissions: [other] } });
    const replaced = await seen();
    expect(replaced.metadata).toMatchObject({ created, uid, tags: ["x"], displayName: "", description: "" });
    expect(replaced.roleDef.permissions).toEqual([other]);
    await send("PUT", "/roles/green", replaced);
    expect((await seen()).metadata).toMatchObject({ created, uid, tags: ["x"] });
    await send("PATCH", "/roles/green", { metadata: { description: "d" } });
    expect(await seen()).toMatchObject({
      metadata: { tags: ["x"], description: "d" },
      roleDef: { permissions: [other] },
    });
    const forged = { created: "x", modified: "x", revisionTimestamp: "x", uid: "x", selfLink: {}, kind: "user" };
    await send("PUT", "/roles/green", { metadata: { name: "green", ...forged }, roleDef: {} });
    expect((await seen()).metadata).toMatchObject({ created, uid, kind: "role" });
    expect(times.toSorted()).toEqual(times);
  });

  it("take no field that the schema does not have, wherever it stands; a switch", async () => {
    const { send, control } = await startClient();
    const { metadata, roleDef } = role("x");
    const bodies = [
      { metadata, roleDef, colour: 1 },
      { metadata: { ...metadata, colour: 1 }, roleDef },
      { metadata, roleDef: { ...roleDef, colour: 1 } },
      { metadata, roleDef: { permissions: [{ ...permission, colour: 1 }] } },
      {
        metadata,
        roleDef: { permissions: [{ ...permission, objects: [{ resource: "All", values: [], colour: 1 }] }] },
      },
    ];
    for (const body of bodies) {
      const { status, body: answer } = await send("PUT", "/roles/x", body);
      expect([status, answer.message]).toEqual([400, expect.stringContaining('property "colour" is unsupported')]);
    }
    control.setSwitches({ unknownFields: "ignore" });
    for (const body of bodies) {
      const answer = await send("PUT", "/roles/x", body);
      expect(answer.status).toBeLessThan(300);
      expect(JSON.stringify(answer.body)).not.toContain("colour");
    }
  });

  it("are created by POST once", async () => {
    const { send } = await startClient();
    expect((await send("POST", "/roles", role("green"))).status).toBe(201);
    expect((await send("POST", "/roles", role("green"))).status).toBe(409);
    expect((await send("POST", "/roles", {})).status).toBe(400);
    expect((await send("GET", "/roles/red")).status).toBe(404);
  });

  it("are refused with a wrong name, feature or access type", async () => {
    const { send, control } = await startClient();
    const put = async (permissions: object[]) =>
      (await send("PUT", "/roles/x", { metadata: { name: "x" }, roleDef: { permissions } })).status;
    expect((await send("PUT", "/roles/x", role("y"))).status).toBe(400);
    expect(await put([{ ...permission, accessTypes: ["WRITE"] }])).toBe(400);
    expect(await put([{ ...permission, feature: "NOPE" }])).toBe(400);
    control.setSwitches({ unknownFeature: "accept" });
    expect(await put([{ ...permission, feature: "NOPE" }])).toBe(201);
    // The schema before 2.1.
    expect((await send("PUT", "/roles/x", { ...role("x"), access: "READ" })).status).toBe(400);
  });

  it("say who has them, and cannot be deleted as long as somebody has", async () => {
    const { send, control } = await startClient();
    await send("PUT", "/roles/green", role("green"));
    await send("POST", "/users", user("ann", { roles: [ref("/roles/green")] }));
    await send("PUT", "/groups/team", { metadata: { name: "team" }, groupDef: { roles: [ref("/roles/green")] } });
    const holders = { users: [ref("/users/ann")], groups: [ref("/groups/team")] };
    expect((await send("GET", "/roles/green")).body.roleDef).toMatchObject(holders);
    control.setSwitches({ roleAssociations: "top" });
    expect((await send("GET", "/roles/green")).body).toMatchObject(holders);
    control.setSwitches({ roleAssociations: "none" });
    expect(JSON.stringify((await send("GET", "/roles/green")).body)).not.toContain("users");
    const refused = await send("DELETE", "/roles/green");
    expect(refused).toMatchObject({ status: 409, body: { message: "Role green is referenced by another resource" } });
    expect(refused.body.details).toHaveLength(2);
    await send("DELETE", "/users/ann");
    await send("DELETE", "/groups/team");
    expect((await send("DELETE", "/roles/green")).status).toBe(204);
  });

  it("have the built-in admin, which stays and stays with somebody", async () => {
    const { send } = await startClient();
    expect((await send("DELETE", "/roles/admin")).body.message).toBe("The admin role cannot be deleted");
    expect((await send("DELETE", "/users/admin")).status).toBe(409);
    expect((await send("PATCH", "/users/admin", { userDef: { roles: [] } })).status).toBe(409);
    expect((await send("PUT", "/users/admin", user("admin", { roles: [] }))).status).toBe(409);
    expect((await send("PUT", "/users/admin", user("admin", { roles: [ref("/roles/admin")] }))).status).toBe(200);
    await send("POST", "/users", user("other", { roles: [ref("/roles/admin")] }));
    expect((await send("DELETE", "/users/admin")).status).toBe(204);
  });

  it("lose a permission when somebody else takes it", async () => {
    const { send, control } = await startClient();
    await send("PUT", "/roles/green", role("green"));
    control.revokePermission("green", "INSTANCE-MANAGEMENT", "DELETE", "bob");
    expect((await send("GET", "/roles/green")).body.roleDef.permissions[0].accessTypes).toEqual([
      "CREATE",
      "READ",
      "UPDATE",
    ]);
    control.revokePermission("green", "INSTANCE-MANAGEMENT");
    expect((await send("GET", "/roles/green")).body.roleDef.permissions).toEqual([]);
    expect(control.history.of(`${base}/roles/green`).map((version) => version.user)).toEqual([
      "admin",
      "bob",
      "somebody-else",
    ]);
  });
});

describe("users and groups", () => {
  it("are changed by PATCH, which leaves what it does not name", async () => {
    const { send } = await startClient();
    await send("POST", "/users", user("ann", { email: "a@b.c", firstName: "Ann" }));
    const patched = await send("PATCH", "/users/ann", {
      metadata: { name: "ann", displayName: "A" },
      userDef: { lastName: "Z" },
    });
    expect(patched).toMatchObject({
      status: 200,
      body: { metadata: { displayName: "A" }, userDef: { email: "a@b.c", firstName: "Ann", lastName: "Z" } },
    });
    expect((await send("PATCH", "/users/bob", {})).status).toBe(404);
  });

  it("refer to what there is", async () => {
    const { send } = await startClient();
    expect((await send("POST", "/users", user("ann", { roles: [ref("/roles/none")] }))).status).toBe(400);
    expect((await send("POST", "/users", user("ann", { groups: [ref("/groups/none")] }))).status).toBe(400);
    await send("PUT", "/groups/team", { metadata: { name: "team" }, groupDef: {} });
    await send("POST", "/users", user("ann", { groups: [ref("/groups/team")] }));
    expect((await send("DELETE", "/groups/team")).status).toBe(409);
  });

  it("have features to choose from", async () => {
    const { send } = await startClient();
    const ids = (await send("GET", "/features")).body.items.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(
      expect.arrayContaining(["INSTANCE-MANAGEMENT", "INSTANCE-GROUPS", "USER-MANAGEMENT", "CERTIFICATES"]),
    );
  });
});

describe("systems and instances (1)", () => {
  it("are listed with their instances, and found by host name", async () => {
    const { send, simulator } = await startClient();
    const { body } = await send("GET", "/systems?hostname=web-2");
    expect(body).toMatchObject({
      count: 1,
      items: [{ hostname: "web-2", nginxInstances: [{ build: { nginxPlus: true } }] }],
    });
    const [system] = simulator.instances;
    // UUIDs of version 3 and 5 (1.3), the same at each start.
    expect(system?.systemUid).toMatch(/-3[\da-f]{3}-/);
    expect(system?.instanceUid).toMatch(/-5[\da-f]{3}-/);
    expect((await startClient()).simulator.instances[0]?.instanceUid).toBe(system?.instanceUid);
    expect((await send("GET", "/systems/none")).status).toBe(404);
  });

  it("have tags", async () => {
    const { send, simulator } = await startClient();
    const path = `/systems/${simulator.instances[0]?.systemUid}`;
    expect((await send("PATCH", path, { hostname: "web-1", tags: ["env:prod"] })).status).toBe(200);
    expect((await send("GET", path)).body.tags).toEqual(["env:prod"]);
    expect((await send("PATCH", path, { tags: "env:prod" })).status).toBe(400);
  });

  it("are listed over all systems, by group, with their counts (1.3)", async () => {
    const { send, simulator } = await startClient();
    const { body } = await send("GET", "/instances?napOnly=false");
    expect(body).toMatchObject({ count: 2, nginxPlusCount: 1, nginxAppProtectWAFCount: 0 });
    const [one] = simulator.instances;
    expect(body.items[0]).toEqual({ displayName: "web-1", systemUid: one?.systemUid, uid: one?.instanceUid });
    expect((await send("GET", "/instances?instGroupName=none")).body.items).toEqual([]);
    expect((await send("GET", "/instances?instGroupName=web")).body.items).toHaveLength(2);
  });

  it("show build, versions, links and status of one instance (1.4)", async () => {
    const { send, instance, group, control } = await startClient();
    const { body } = await send("GET", instance);
    expect(body).toMatchObject({
      configPath: main,
      configVersion: {
        instanceGroup: { uid: group.split("/")[2] },
        versions: [{ externalId: null, externalIdType: "other" }],
      },
      links: [{ name: "system" }, { name: "self", rel: base + instance }],
      status: { state: "online" },
    });
    await control.setOnline("web-1", false);
    control.join("web-1");
    const after = (await send("GET", instance)).body;
    expect(after.status.state).toBe("offline");
    // Go's zero time means "none".
    expect(after.configVersion.instanceGroup).toEqual({ createTime: "0001-01-01T00:00:00Z", uid: "", versionHash: "" });
  });

  it("go with DELETE, and come back when the agent registers", async () => {
    const { send, instance, control } = await startClient();
    expect((await send("DELETE", instance)).status).toBe(204);
    expect((await send("GET", instance)).status).toBe(404);
    expect((await send("GET", "/instances")).body.count).toBe(1);
    expect((await send("GET", `${instance}/config`)).status).toBe(404);
    control.register("web-1");
    expect((await send("GET", instance)).status).toBe(200);
  });
});

describe("instance groups", () => {
  it("are made, changed and deleted by uid; their names are unique unless the switch says otherwise", async () => {
    const { send, control } = await startClient();
    const created = await send("POST", "/instance-groups", { name: "prod", displayName: "Prod", description: "d" });
    expect(created).toMatchObject({ status: 201, body: { name: "prod", displayName: "Prod", instances: [] } });
    expect((await send("POST", "/instance-groups", { name: "prod" })).status).toBe(409);
    const path = `/instance-groups/${created.body.uid}`;
    expect((await send("PATCH", path, { description: "e" })).body).toMatchObject({
      displayName: "Prod",
      description: "e",
    });
    expect((await send("PATCH", path, { name: "web" })).status).toBe(409);
    expect((await send("GET", "/instance-groups")).body).toMatchObject({
      count: 2,
      items: [{ name: "web" }, { name: "prod" }],
    });
    expect((await send("GET", "/instance-groups/summary")).body.items[1]).toMatchObject({
      name: "prod",
      externalId: null,
    });
    control.setSwitches({ instanceGroupName: "any" });
    expect((await send("POST", "/instance-groups", { name: "prod" })).status).toBe(201);
    expect((await send("DELETE", path)).status).toBe(204);
    expect((await send("GET", path)).status).toBe(404);
  });

  it("are empty at first and take the first member's config (7.1)", async () => {
    const { send, control, files } = await startClient();
    const { uid } = (await send("POST", "/instance-groups", { name: "prod" })).body;
    expect(await files(`/instance-groups/${uid}`)).toEqual({});
    control.join("web-1", "prod");
    expect(Object.keys(await files(`/instance-groups/${uid}`))).toContain(main);
    expect((await send("GET", `/instance-groups/${uid}`)).body.instances).toHaveLength(1);
    await send("DELETE", `/instance-groups/${uid}`);
    expect(control.instances()[0]?.groupUid).toBeUndefined();
  });
});

describe("staged configs", () => {
  const upload = (configName: string, page: string) => ({ configName, ...payload({ [main]: serving(page) }) });

  it("are kept by uid, listed without contents, and may share a name", async () => {
    const { send } = await startClient();
    const created = await send("POST", "/configs", upload("base", "1"));
    expect(created).toMatchObject({
      status: 201,
      body: { uid: expect.any(String), results: { configFiles: [{ fileName: main }] } },
    });
    expect((await send("POST", "/configs", upload("base", "2"))).status).toBe(201);
    const { items } = (await send("GET", "/configs")).body;
    expect(items).toMatchObject([{ configName: "base" }, { configName: "base" }]);
    expect(items[0]).not.toHaveProperty("configFiles");
    const path = `/configs/${created.body.uid}`;
    const { body } = await send("GET", path);
    expect(body).toMatchObject({ configName: "base", externalId: null, externalIdType: "other" });
    expect(body.configFiles.files[0].contents).toBe(base64(serving("1")));
    const replaced = await send("PUT", path, {
      ...upload("base", "3"),
      uid: created.body.uid,
      externalId: "c1",
      externalIdType: "git",
    });
    expect(replaced).toMatchObject({
      status: 200,
      body: { uid: created.body.uid, externalId: "c1", externalIdType: "git" },
    });
    expect(replaced.body.updateTime > body.updateTime).toBe(true);
    expect((await send("GET", `${path}?externalId=c1`)).status).toBe(200);
    expect((await send("GET", `${path}?externalId=c2`)).status).toBe(404);
    expect((await send("DELETE", path)).status).toBe(204);
    expect((await send("GET", path)).status).toBe(404);
    expect((await send("PUT", path, upload("base", "4"))).status).toBe(404);
  });
});

describeWithNginx("staged configs, published", () => {
  it.each(["configUID", "configUid"])("by %s, without files of its own (2.1)", async (field) => {
    const { send, instance, deployment, page } = await start();
    const staged = {
      configName: "base",
      ...payload({ [main]: serving("staged") }),
      externalId: "c1",
      externalIdType: "git",
    };
    const { uid } = (await send("POST", "/configs", staged)).body;
    await deployment(
      await send("POST", `${instance}/config`, { [field]: uid, validateConfig: true, ignoreConflict: false }),
    );
    expect(await page()).toBe("staged");
    expect((await send("GET", `${instance}/config`)).body.externalId).toBe("c1");
    // The staged config is older now than what is live (2.3).
    expect((await send("POST", `${instance}/config`, { [field]: uid })).status).toBe(409);
  });
});

describe("the rest that clients ask for (1.1)", () => {
  it("resource groups: one resource at a time", async () => {
    const { send } = await startClient();
    const { body: list } = await send("GET", "/resource-groups?showDetails=true");
    expect(list.items).toMatchObject([{ name: "default-systems", resources: [{ name: "web-1" }, { name: "web-2" }] }]);
    expect((await send("GET", "/resource-groups")).body.items[0]).not.toHaveProperty("resources");
    const created = await send("POST", "/resource-groups", { name: "mine", resources: [] });
    const path = `/resource-groups/${created.body.uid}`;
    const resource = { module: "Instance Manager", name: "web-1", object: "Systems", uid: "u1" };
    expect((await send("POST", `${path}/resources`, resource)).status).toBe(201);
    expect((await send("POST", `${path}/resources`, resource)).status).toBe(409);
    expect((await send("GET", path)).body.resources).toEqual([resource]);
    expect((await send("PUT", path, { name: "other" })).status).toBe(405);
    expect((await send("DELETE", `${path}/resources/u1?moduleName=Instance Manager`)).status).toBe(204);
    expect((await send("DELETE", `${path}/resources/u1`)).status).toBe(404);
    expect((await send("DELETE", path)).status).toBe(204);
    expect((await send("POST", "/resource-groups", { name: "default-systems" })).status).toBe(409);
  });

  it("license, health, modules, servers", async () => {
    const { send } = await startClient();
    expect((await send("GET", "/license/status")).body.licenseStatus).toBe("VALID");
    const license = { metadata: { name: "license" }, desiredState: { content: "a.b.c" } };
    expect((await send("PUT", "/license", license)).status).toBe(202);
    expect((await send("PUT", "/license", {})).status).toBe(400);
    expect((await send("GET", "/health")).body).toMatchObject({ status: "healthy", services: { core: "healthy" } });
    for (const path of ["/modules", "/modules/versions", "/servers", "/license"])
      expect((await send("GET", path)).status).toBe(200);
  });

  it("analysis of a config", async () => {
    const { send } = await startClient();
    expect((await send("POST", "/analysis", payload({ [main]: serving("fine") }))).body).toEqual({
      status: "ok",
      errors: [],
    });
    const { body } = await send("POST", "/analysis", payload({ [main]: "events {}\nhttp {\n" }));
    const error = 'unexpected end of file, expecting "}"';
    expect(body).toEqual({ status: "failed", errors: [{ file: main, line: 3, error }] });
  });
});
