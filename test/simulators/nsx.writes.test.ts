import { describe, expect, it } from "vitest";
import { ConnectionReset } from "../../simulators/kit/index.ts";
import { startClient, t1, zones } from "./nsx.client.ts";

const web = "/infra/segments/web";

describe("PUT", () => {
  it("creates without _revision, and updates with the current one (guide: optimistic concurrency control)", async () => {
    const { send } = await startClient();
    const created = (await send("PUT", web, { description: "1" })).body;
    const updated = await send("PUT", web, { ...created, description: "2" });
    expect(updated.body).toMatchObject({ description: "2", _revision: 1, unique_id: created.unique_id });
  });

  it.each([412, 409] as const)(
    "refuses a stale _revision with %i (guide says 409, its error list 412)",
    async (status) => {
      const { send, refusal } = await startClient({ switches: { staleRevisionStatus: status } });
      const { body } = await send("PUT", web, {});
      await send("PUT", web, { ...body, description: "first" });
      const refused = await refusal("PUT", web, { ...body, description: "second" });
      expect(refused[0]).toBe(status);
      expect(refused[2]).toMatch(
        /mismatch! \(current: 1, requested: 0\)\. Fetch the latest copy of the object and retry/,
      );
      expect((await send("GET", web)).body.description).toBe("first");
    },
  );

  it("refuses an update without _revision (guide: it must be provided with PUT); a switch", async () => {
    const { send, refusal, simulator } = await startClient();
    await send("PUT", web, {});
    expect((await refusal("PUT", web, {}))[0]).toBe(412);
    simulator.control.setSwitches({ putWithoutRevision: "exists" });
    expect((await refusal("PUT", web, {})).slice(0, 2)).toEqual([400, 500127]);
  });

  it("refuses to create with _revision (guide: must not be set), but takes null as absent; a switch", async () => {
    const { send, refusal, simulator } = await startClient();
    expect((await refusal("PUT", web, { _revision: 0 }))[0]).toBe(400);
    simulator.control.setSwitches({ putMissingWithRevision: 404 });
    expect((await refusal("PUT", web, { _revision: 0 })).slice(0, 2)).toEqual([404, 600]);
    expect((await send("PUT", web, { _revision: null })).status).toBe(200);
  });

  it("is a full replace: what is omitted goes back to its default (guide)", async () => {
    const { send } = await startClient();
    const full = { description: "d", tags: [{ tag: "x" }], admin_state: "DOWN", connectivity_path: t1 };
    await send("PUT", web, { ...full, advanced_config: { urpf_mode: "NONE" } });
    const { body } = await send("PUT", web, { _revision: 0 });
    expect(body).toMatchObject({ admin_state: "UP", type: "DISCONNECTED", advanced_config: { urpf_mode: "STRICT" } });
    for (const name of ["description", "tags", "connectivity_path"]) expect(body).not.toHaveProperty(name);
  });

  it("keeps the allocated overlay_id, whatever is omitted", async () => {
    const { send } = await startClient();
    const { overlay_id } = (await send("PUT", web, {})).body;
    expect((await send("PUT", web, { _revision: 0 })).body.overlay_id).toBe(overlay_id);
  });

  it("accepts and ignores every read-only field on a round trip", async () => {
    const { send } = await startClient();
    const { body } = await send("PUT", web, { subnets: [{ gateway_address: "10.0.0.1/24" }] });
    const forged = { ...body, unique_id: "x", _create_user: "x", path: "/x", type: "EXTENDED", evpn_segment: true };
    const answer = (await send("PUT", web, forged)).body;
    expect(answer).toEqual({ ...body, _revision: 1, _last_modified_time: answer._last_modified_time });
  });

  it("raises _revision even when nothing changes, or not; a switch", async () => {
    const { send, simulator } = await startClient();
    const { body } = await send("PUT", web, {});
    expect((await send("PUT", web, body)).body._revision).toBe(1);
    simulator.control.setSwitches({ noChangeBumpsRevision: false });
    expect((await send("PUT", web, { ...body, _revision: 1 })).body._revision).toBe(1);
    expect((await send("PUT", web, { ...body, _revision: 1, description: "d" })).body._revision).toBe(2);
  });
});

describe("PATCH of an object", () => {
  it("creates or updates, answers an empty 200, and does not look at _revision (guide)", async () => {
    const { send } = await startClient();
    expect(await send("PATCH", web, { description: "1" })).toMatchObject({ status: 200, body: undefined });
    expect((await send("PATCH", web, { description: "2", _revision: 99 })).status).toBe(200);
    expect((await send("GET", web)).body).toMatchObject({ description: "2", _revision: 1 });
  });

  it("keeps what it omits, replaces nested objects whole and clears with null and empty text", async () => {
    const { send } = await startClient();
    const subnets = [{ gateway_address: "10.0.0.1/24" }];
    await send("PUT", web, { description: "d", domain_name: "x", connectivity_path: t1, subnets });
    await send("PATCH", web, { advanced_config: { urpf_mode: "NONE" } });
    await send("PATCH", web, { advanced_config: { local_egress: true }, connectivity_path: "", subnets: null });
    const { body } = await send("GET", web);
    expect(body).toMatchObject({ description: "d", domain_name: "x", type: "DISCONNECTED" });
    expect(body.advanced_config).toMatchObject({ local_egress: true, urpf_mode: "STRICT" });
    expect(body).not.toHaveProperty("subnets");
  });

  it("resets what it omits when the switch says so, unless partial patch is on (guide: disabled by default)", async () => {
    const { send, simulator } = await startClient({ switches: { patchOmitted: "reset" } });
    await send("PUT", web, { description: "d", domain_name: "x" });
    await send("PATCH", web, { domain_name: "y" }, { "nsx-enable-partial-patch": "true" });
    expect((await send("GET", web)).body).toMatchObject({ description: "d", domain_name: "y" });
    await send("PATCH", "/system-config/nsx-partial-patch-config", { enable_partial_patch: true });
    expect((await send("GET", "/system-config/nsx-partial-patch-config")).body).toEqual({ enable_partial_patch: true });
    await send("PATCH", web, { domain_name: "z" });
    expect((await send("GET", web)).body).toMatchObject({ description: "d", domain_name: "z" });
    simulator.control.reset();
    await send("PUT", web, { description: "d" });
    await send("PATCH", web, { domain_name: "z" });
    expect((await send("GET", web)).body).not.toHaveProperty("description");
  });

  it("validates the whole object, and leaves it as it was when that fails", async () => {
    const { send, refusal } = await startClient();
    await send("PUT", web, { description: "d" });
    expect((await refusal("PATCH", web, { description: "e", vlan_ids: ["9999"] }))[1]).toBe(255);
    expect((await send("GET", web)).body).toMatchObject({ description: "d", _revision: 0 });
  });
});

describe("DELETE", () => {
  it("answers an empty 200, then 404/600 (clients insist on 200)", async () => {
    const { send, refusal } = await startClient();
    await send("PUT", web, {});
    expect(await send("DELETE", web)).toMatchObject({ status: 200, body: undefined });
    expect((await refusal("GET", web)).slice(0, 2)).toEqual([404, 600]);
    expect((await refusal("DELETE", web))[0]).toBe(404);
  });

  it("hides the object until it is purged; its path is taken until then (400/500045)", async () => {
    const { send, refusal, simulator } = await startClient({ now: () => 0, switches: { purgeDelay: 60_000 } });
    await send("PUT", web, {});
    await send("DELETE", web);
    expect((await send("GET", web)).status).toBe(404);
    expect((await send("GET", "/infra/segments")).body.results).toEqual([]);
    const all = await send("GET", "/infra/segments?include_mark_for_delete_objects=true");
    expect(all.body.results).toMatchObject([{ id: "web", marked_for_delete: true }]);
    for (const method of ["PUT", "PATCH"]) {
      expect((await refusal(method, web, {})).slice(0, 2)).toEqual([400, 500045]);
    }
    simulator.control.clock.advance(59_999);
    expect((await send("PUT", web, {})).status).toBe(400);
    simulator.control.clock.advance(1);
    expect((await send("PUT", web, {})).status).toBe(200);
    await send("DELETE", web);
    simulator.control.purge();
    expect((await send("PUT", web, {})).status).toBe(200);
  });

  it("is refused while others refer to the object or hang on it (400/500030)", async () => {
    const { send, refusal } = await startClient();
    await send("PUT", "/infra/tier-1s/other", {});
    await send("PUT", web, { connectivity_path: "/infra/tier-1s/other" });
    const refused = await refusal("DELETE", "/infra/tier-1s/other");
    expect(refused.slice(0, 2)).toEqual([400, 500030]);
    expect(refused[2]).toMatch(/either it has children or it is being referenced by other objects path=\[.*web\]/);
    await send("PATCH", web, { connectivity_path: null });
    expect((await send("DELETE", "/infra/tier-1s/other")).status).toBe(200);
    expect((await refusal("DELETE", `${zones}/overlay-tz`))[1]).toBe(500030);
  });

  it("of what an object refers to may follow while the object itself waits for its purge", async () => {
    const { send } = await startClient({ switches: { purgeDelay: 60_000 } });
    await send("PUT", "/infra/tier-1s/other", {});
    await send("PUT", web, { connectivity_path: "/infra/tier-1s/other" });
    await send("DELETE", web);
    expect((await send("DELETE", "/infra/tier-1s/other")).status).toBe(200);
  });
});

describe("other Policy objects", () => {
  it("are kept as they are sent, with the manager's own fields", async () => {
    const { send } = await startClient();
    const tier1 = { tier0_path: "/infra/tier-0s/t0", route_advertisement_types: ["TIER1_CONNECTED"] };
    expect((await send("PUT", "/infra/tier-1s/a", tier1)).body).toMatchObject({ ...tier1, _revision: 0, id: "a" });
    await send("PUT", "/infra/domains/default/groups/g", { expression: [] });
    await send("PUT", "/infra/ip-pools/p", {});
    for (const path of ["tier-1s/t1-web", "tier-0s/t0", "domains/default/groups/g", "ip-pools/p"]) {
      expect((await send("GET", `/infra/${path}`)).status).toBe(200);
    }
  });

  it("that are protected are changed only with X-Allow-Overwrite (principal identities)", async () => {
    const { send, refusal, simulator } = await startClient();
    simulator.control.change(web, { description: "theirs" }, "operator");
    simulator.control.protect(web, "REQUIRE_OVERRIDE");
    const refused = await refusal("PATCH", web, { description: "ours" });
    expect(refused[2]).toMatch(/'admin' attempts to delete or modify .* it doesn't own/);
    expect((await send("PATCH", web, { description: "ours" }, { "x-allow-overwrite": "true" })).status).toBe(200);
  });
});

describe("the endpoint as such", () => {
  it("answers 404 to what it does not know and 405 to a method that it does not have", async () => {
    const { refusal } = await startClient();
    expect((await refusal("GET", "/infra/no-such-things"))[0]).toBe(404);
    expect((await refusal("GET", "/api/v1/no-such-thing"))[0]).toBe(404);
    expect((await refusal("POST", "/infra/segments", {}))[0]).toBe(405);
    expect((await refusal("PUT", "/infra", {}))[0]).toBe(405);
  });

  it("refuses a body that is not a JSON object", async () => {
    const { refusal } = await startClient();
    expect((await refusal("PUT", web, "{"))[1]).toBe(287);
    expect((await refusal("PUT", web, "[]"))[1]).toBe(287);
  });

  it("names the request in a header", async () => {
    const { send, simulator } = await startClient();
    const { headers } = await send("PUT", web, {});
    expect(simulator.control.history.of(web)[0]?.requestId).toBe(headers["x-nsx-requestid"]);
  });
});

describe("behind the client's back", () => {
  it("another user changes and deletes, and the history knows who did what", async () => {
    const { send, simulator } = await startClient();
    await send("PUT", web, {});
    simulator.control.change(web, { description: "mine" }, "alice");
    expect((await send("GET", web)).body).toMatchObject({ _last_modified_user: "alice", _create_user: "admin" });
    simulator.control.delete(web, "bob");
    const history = simulator.control.history.of(web).map(({ kind, user, revision }) => [kind, user, revision]);
    expect(history).toEqual([
      ["create", "admin", 0],
      ["update", "alice", 1],
      ["delete", "bob", 1],
    ]);
  });

  it("a lost answer leaves the object behind", async () => {
    const { send, simulator } = await startClient();
    simulator.control.faults.inject({ match: "PUT /policy/**", fault: { kind: "reset", when: "after" } });
    await expect(send("PUT", web, {})).rejects.toThrow(ConnectionReset);
    expect((await send("GET", web)).body._revision).toBe(0);
  });

  it("another writer gets in between read and write: the second write is stale, and nothing is lost", async () => {
    const { send, simulator } = await startClient();
    const { body } = await send("PUT", web, {});
    const remove = simulator.control.hook({
      before: ({ method }) => {
        if (method === "PUT") simulator.control.change(web, { description: "alice was here" }, "alice");
      },
    });
    expect((await send("PUT", web, { ...body, description: "ours" })).status).toBe(412);
    remove();
    expect((await send("GET", web)).body.description).toBe("alice was here");
  });

  it("a redirect to another manager is a fault like any other", async () => {
    const { send, simulator } = await startClient();
    const headers = { location: "https://peer.example/policy/api/v1/infra/segments" };
    const fault = { kind: "respond", when: "before", status: 307, headers } as const;
    simulator.control.faults.inject({ match: "* /policy/**", times: "always", fault });
    expect(await send("GET", "/infra/segments")).toMatchObject({ status: 307, headers });
    simulator.control.faults.clear();
    expect((await send("GET", "/infra/segments")).status).toBe(200);
  });
});
