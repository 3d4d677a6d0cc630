import { describe, expect, it } from "vitest";
import { type Body, startClient, t1 } from "./nsx.client.ts";

const infra = (...children: Body[]) => ({ resource_type: "Infra", children });
const segment = (id: string, body: Body = {}, wrapper: Body = {}) => ({
  resource_type: "ChildSegment",
  ...wrapper,
  Segment: { resource_type: "Segment", id, ...body },
});
const removed = { marked_for_delete: true };
const checked = "/infra?enforce_revision_check=true";

describe("PATCH /infra", () => {
  it("creates and updates a tree in one request, and answers an empty 200", async () => {
    const { send } = await startClient();
    const tree = infra(
      segment("web", {
        connectivity_path: "/infra/tier-1s/new",
        children: [
          {
            resource_type: "ChildSegmentDiscoveryProfileBindingMap",
            SegmentDiscoveryProfileBindingMap: {
              resource_type: "SegmentDiscoveryProfileBindingMap",
              id: "b",
              ip_discovery_profile_path: "/infra/ip-discovery-profiles/default-ip-discovery-profile",
            },
          },
          {
            resource_type: "ChildSegmentQoSProfileBindingMap",
            SegmentQosProfileBindingMap: { resource_type: "SegmentQosProfileBindingMap", id: "q" },
          },
        ],
      }),
      // It comes after the segment that refers to it: the tree counts as a whole.
      { resource_type: "ChildTier1", Tier1: { resource_type: "Tier1", id: "new" } },
    );
    expect(await send("PATCH", "/infra", tree)).toMatchObject({ status: 200, body: undefined });
    expect((await send("GET", "/infra/segments/web")).body).toMatchObject({ type: "ROUTED", _revision: 0 });
    expect((await send("GET", "/infra/segments/web/segment-discovery-profile-binding-maps/b")).status).toBe(200);
    expect((await send("GET", "/infra/segments/web/segment-qos-profile-binding-maps/q")).status).toBe(200);
  });

  it("reaches below a parent by ChildResourceReference, without touching the parent", async () => {
    const { send } = await startClient();
    const reference = { resource_type: "ChildResourceReference", id: "t1-web", target_type: "Tier1" };
    await send("PATCH", "/infra", infra({ ...reference, children: [segment("fixed")] }));
    expect((await send("GET", `${t1}/segments/fixed`)).status).toBe(200);
    expect((await send("GET", t1)).body._revision).toBe(0);
    expect((await send("PATCH", "/infra", infra({ ...reference, id: "none", children: [segment("x")] }))).status).toBe(
      400,
    );
  });

  it("ignores _revision, unless enforce_revision_check asks for it (guide)", async () => {
    const { send } = await startClient();
    expect((await send("PATCH", "/infra", infra(segment("web", { _revision: 7 })))).status).toBe(200);
    expect((await send("PATCH", checked, infra(segment("web", { _revision: 7 })))).status).toBe(412);
    expect((await send("PATCH", checked, infra(segment("web")))).status).toBe(412);
    expect((await send("PATCH", checked, infra(segment("web", { _revision: 0, description: "d" })))).status).toBe(200);
    expect((await send("PATCH", checked, infra(segment("new")))).status).toBe(200);
    expect((await send("GET", "/infra/segments/web")).body).toMatchObject({ description: "d", _revision: 1 });
  });

  it("is one transaction: one bad child and nothing happens, nor enters the history; a switch", async () => {
    const { send, simulator } = await startClient();
    const tree = infra(segment("a"), segment("b", { vlan_ids: ["9999"] }), segment("c"));
    expect((await send("PATCH", "/infra", tree)).status).toBe(400);
    expect(simulator.control.objects("/infra/segments")).toEqual([]);
    expect(simulator.control.history.all()).toEqual([]);
    simulator.control.setSwitches({ hierarchicalAtomic: false });
    expect((await send("PATCH", "/infra", tree)).status).toBe(400);
    expect(simulator.control.objects("/infra/segments").map(({ id }) => id)).toEqual(["a"]);
    expect(simulator.control.history.all().map(({ path }) => path)).toEqual(["/infra/segments/a"]);
  });

  it("deletes what the wrapper or the object marks, a parent together with its children", async () => {
    const { send, simulator } = await startClient();
    await send("PUT", "/infra/segments/web", {});
    await send("PUT", "/infra/segments/web/ports/p", {});
    expect((await send("PATCH", "/infra", infra(segment("web", {}, removed)))).body.error_code).toBe(503040);
    const port = {
      resource_type: "ChildSegmentPort",
      ...removed,
      SegmentPort: { resource_type: "SegmentPort", id: "p" },
    };
    const map = {
      resource_type: "ChildSegmentQosProfileBindingMap",
      SegmentQosProfileBindingMap: { id: "q", marked_for_delete: true },
    };
    await send("PUT", "/infra/segments/web/segment-qos-profile-binding-maps/q", {});
    simulator.control.setSwitches({ hierarchicalDeleteMissing: "fail" });
    const tree = infra(segment("web", { children: [port, map] }, removed));
    expect((await send("PATCH", "/infra", tree)).status).toBe(200);
    expect((await send("GET", "/infra/segments/web")).status).toBe(404);
    await send("PUT", "/infra/segments/api", {});
    await send("PATCH", "/infra", infra(segment("api", removed)));
    expect((await send("GET", "/infra/segments/api")).status).toBe(404);
  });

  it("looks only at what is left in the end", async () => {
    const { send } = await startClient();
    const tree = infra(segment("web", { connectivity_path: "/infra/tier-1s/none" }), segment("web", {}, removed));
    expect((await send("PATCH", "/infra", tree)).status).toBe(200);
  });

  it("forces a delete by request_parameter", async () => {
    const { send } = await startClient();
    await send("PUT", "/infra/segments/web", {});
    await send("PUT", "/infra/segments/web/ports/p", {});
    const request_parameter = { resource_type: "SegmentRequestParameter", force: true };
    expect((await send("PATCH", "/infra", infra(segment("web", {}, { ...removed, request_parameter })))).status).toBe(
      200,
    );
  });

  it("does nothing about a delete of what does not exist, or answers 404; a switch", async () => {
    const { send, simulator } = await startClient();
    const tree = infra(segment("none", {}, removed));
    expect((await send("PATCH", "/infra", tree)).status).toBe(200);
    simulator.control.setSwitches({ hierarchicalDeleteMissing: "fail" });
    expect((await send("PATCH", "/infra", tree)).status).toBe(404);
  });

  it("refuses what cannot be a tree (500165) and more than 5000 intents", async () => {
    const { refusal, send } = await startClient();
    expect((await refusal("PATCH", "/infra", { resource_type: "Tier1" }))[1]).toBe(500165);
    expect((await refusal("PATCH", "/infra", infra({ resource_type: "ChildUnknown" })))[1]).toBe(500165);
    expect((await refusal("PATCH", "/infra", infra({ resource_type: "ChildSegment" })))[1]).toBe(500165);
    const inSegment = [segment("inner")];
    expect((await refusal("PATCH", "/infra", infra(segment("outer", { children: inSegment }))))[1]).toBe(500165);
    const many = (count: number) => infra(...Array.from({ length: count }, (_, index) => segment(`s${index}`)));
    expect((await refusal("PATCH", "/infra", many(5001)))[1]).toBe(255);
    expect((await send("PATCH", "/infra", many(5000))).status).toBe(200);
  });

  it("works on a project, from its own /infra and from /org-root", async () => {
    const { send } = await startClient();
    const project = "/orgs/default/projects/dev/infra";
    expect((await send("PATCH", project, infra(segment("web")))).status).toBe(200);
    expect((await send("PATCH", "/orgs/default/projects/none/infra", infra())).status).toBe(404);
    const reference = (target_type: string, id: string, ...children: Body[]) => ({
      resource_type: "ChildResourceReference",
      target_type,
      id,
      children,
    });
    const inProject = reference("Project", "dev", reference("Infra", "infra", segment("api")));
    const tree = { resource_type: "OrgRoot", children: [reference("Org", "default", inProject)] };
    expect((await send("PATCH", "/org-root", tree)).status).toBe(200);
    expect((await send("GET", `${project}/segments`)).body.results).toMatchObject([{ id: "api" }, { id: "web" }]);
  });
});

describe("GET /infra?filter", () => {
  it("answers the tree of the types asked for, with the parents they hang on", async () => {
    const { send } = await startClient();
    await send("PUT", "/infra/segments/web", {});
    await send("PUT", `${t1}/segments/fixed`, {});
    const { body } = await send("GET", "/infra?filter=Type-Segment");
    expect(body).toMatchObject({ resource_type: "Infra", id: "infra" });
    expect(body.children).toMatchObject([
      { resource_type: "ChildTier1", Tier1: { id: "t1-web", children: [{ Segment: { id: "fixed" } }] } },
      { resource_type: "ChildSegment", Segment: { id: "web" } },
    ]);
  });
});
