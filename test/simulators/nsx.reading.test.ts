import { describe, expect, it } from "vitest";
import { type NsxClient, startClient } from "./nsx.client.ts";

const web = "/infra/segments/web";

/** Reads all pages of a list, as a client does. */
async function readAll({ send }: NsxClient, path: string, size: number) {
  const pages = [];
  for (let cursor: string | undefined = ""; cursor !== undefined && !cursor.startsWith("0000"); ) {
    const { body } = await send("GET", `${path}?page_size=${size}&cursor=${cursor}`);
    pages.push(body);
    cursor = body.cursor;
  }
  return { pages, ids: pages.flatMap((page) => page.results.map(({ id }: { id: string }) => id)) };
}

async function withSegments(...ids: string[]) {
  const client = await startClient();
  for (const id of ids) await client.send("PUT", `/infra/segments/${id}`, { description: `about ${id}` });
  return client;
}

describe("a list", () => {
  it("comes in pages with a URL-safe cursor, and counts once (schema: result_count set only on first page)", async () => {
    const client = await withSegments("c", "a", "b");
    const { pages, ids } = await readAll(client, "/infra/segments", 2);
    expect(ids).toEqual(["a", "b", "c"]);
    expect(pages.map(({ result_count }) => result_count)).toEqual([3, undefined]);
    expect(pages[0].cursor).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(pages[1]).not.toHaveProperty("cursor");
  });

  it("shows each object as its GET does", async () => {
    const { send } = await withSegments("web");
    const { body } = await send("GET", "/infra/segments");
    expect(body.results).toEqual([(await send("GET", web)).body]);
  });

  it("ends with a cursor of zeros; a switch", async () => {
    const client = await withSegments("a");
    client.simulator.control.setSwitches({ lastCursor: "zeros" });
    expect((await readAll(client, "/infra/segments", 1)).pages[0].cursor).toBe("0000");
    const beyond = await client.send("GET", "/infra/segments?cursor=0000");
    expect(beyond.body).toEqual({ results: [], sort_by: "display_name", sort_ascending: true });
  });

  it("has 1000 items a page at most", async () => {
    const { refusal } = await startClient();
    expect((await refusal("GET", "/infra/segments?page_size=1001"))[1]).toBe(255);
    expect((await refusal("GET", "/infra/segments?cursor=made-up"))[1]).toBe(255);
  });

  it.each(["id", "created", "random"] as const)("is complete in whatever order: %s; a switch", async (listOrder) => {
    const client = await withSegments("c", "a", "d", "b");
    await client.send("PATCH", "/infra/segments/c", {});
    client.simulator.control.setSwitches({ listOrder });
    const { ids } = await readAll(client, "/infra/segments", 3);
    expect(ids.toSorted()).toEqual(["a", "b", "c", "d"]);
    if (listOrder === "created") expect(ids).toEqual(["c", "a", "d", "b"]);
  });

  it("is sorted on request", async () => {
    const { send } = await withSegments("b", "c", "a");
    const { body } = await send("GET", "/infra/segments?sort_by=_create_time&sort_ascending=false");
    expect(body).toMatchObject({ sort_by: "_create_time", sort_ascending: false });
    const reversed = await send("GET", "/infra/segments?sort_ascending=false&page_size=1");
    expect(reversed.body.results).toMatchObject([{ id: "c" }]);
    const down = await send("GET", "/infra/segments?sort_by=display_name&sort_ascending=false");
    expect(down.body.results.map(({ id }: { id: string }) => id)).toEqual(["c", "b", "a"]);
  });

  it("is no snapshot: a delete between two pages makes the next one skip an object", async () => {
    const client = await withSegments("a", "b", "c");
    const first = await client.send("GET", "/infra/segments?page_size=1");
    client.simulator.control.delete("/infra/segments/a");
    const second = await client.send("GET", `/infra/segments?page_size=1&cursor=${first.body.cursor}`);
    expect(second.body.results).toMatchObject([{ id: "c" }]);
  });
});

describe("search", () => {
  const ids = async ({ send }: NsxClient, query: string) => {
    const { body } = await send("GET", `/search/query?query=${encodeURIComponent(query)}`);
    return body.results?.map(({ id }: { id: string }) => id);
  };

  it("finds by field, in both places where clients look", async () => {
    const client = await withSegments("web-1", "web-2", "api");
    expect(await ids(client, "resource_type:Segment AND display_name:web*")).toEqual(["web-1", "web-2"]);
    expect((await client.send("GET", "/search?query=resource_type:Segment")).body.result_count).toBe(3);
  });

  it("knows AND, OR, NOT, parentheses, quotes, wildcards, escapes and lists of tags", async () => {
    const client = await withSegments("web-1", "web-2", "api");
    const { change } = client.simulator.control;
    change("/infra/segments/api", { tags: [{ scope: "ncp/cluster", tag: "one two" }], display_name: "a/b" });
    const only = (query: string) => ids(client, `resource_type:Segment AND ${query}`);
    expect(await only("(id:web\\-1 OR id:api)")).toEqual(["api", "web-1"]);
    expect(await only("NOT display_name:web*")).toEqual(["api"]);
    expect(await only("tags.scope:ncp\\/cluster AND tags.tag:one\\ two")).toEqual(["api"]);
    expect(await only('tags.tag:"one two"')).toEqual(["api"]);
    expect(await only("display_name:a\\/b")).toEqual(["api"]);
    expect(await only("id:(api OR web-2)")).toEqual(["api", "web-2"]);
    expect(await only("id:web-?")).toEqual(["web-1", "web-2"]);
    expect(await only("path:\\/infra\\/segments\\/web*")).toEqual(["web-1", "web-2"]);
    expect(await only("_revision:1")).toEqual(["api"]);
    expect((await client.send("GET", "/search/query?query=(a")).status).toBe(400);
  });

  it("pages with a number for a cursor, and counts on every page", async () => {
    const { send } = await withSegments("a", "b", "c");
    const query = "/search/query?query=resource_type:Segment&page_size=2";
    expect((await send("GET", query)).body).toMatchObject({ result_count: 3, cursor: "2" });
    expect((await send("GET", `${query}&cursor=2`)).body).toMatchObject({ result_count: 3, cursor: "3" });
  });

  it("sees objects that wait for their purge, unless told not to (schema: marked_for_delete)", async () => {
    const client = await withSegments("a", "b");
    client.simulator.control.setSwitches({ purgeDelay: 1000 });
    await client.send("DELETE", "/infra/segments/a");
    expect(await ids(client, "resource_type:Segment")).toEqual(["a", "b"]);
    expect(await ids(client, "resource_type:Segment AND marked_for_delete:false")).toEqual(["b"]);
  });

  it("lags behind; a switch", async () => {
    const client = await startClient({ now: () => 0, switches: { searchDelay: 5000 } });
    await client.send("PUT", web, { description: "old" });
    expect(await ids(client, "resource_type:Segment")).toEqual([]);
    client.simulator.control.clock.advance(5000);
    await client.send("PATCH", web, { description: "new" });
    expect(await ids(client, "description:old")).toEqual(["web"]);
    expect(await ids(client, "description:new")).toEqual([]);
  });
});

describe("realization", () => {
  const status = "/infra/realized-state/status?intent_path=/infra/segments/web";
  const entities = "/infra/realized-state/realized-entities?intent_path=%2Finfra%2Fsegments%2Fweb";

  it("shows in all four places", async () => {
    const { send } = await startClient();
    const { unique_id } = (await send("PUT", web, {})).body;
    expect((await send("GET", status)).body).toMatchObject({
      publish_status: "REALIZED",
      consolidated_status: { consolidated_status: "SUCCESS" },
      // A ConsolidatedStatus again, as generated clients read it: text in its place fails to parse.
      consolidated_status_per_enforcement_point: [{ consolidated_status: { consolidated_status: "SUCCESS" } }],
    });
    expect((await send("GET", entities)).body.results).toMatchObject([
      {
        state: "REALIZED",
        entity_type: "RealizedLogicalSwitch",
        realization_specific_identifier: unique_id,
        alarms: [],
      },
    ]);
    expect((await send("GET", `${web}/state`)).body).toMatchObject({ segment_path: web, state: "success" });
    expect((await send("GET", "/infra/segments/state")).body.results).toHaveLength(1);
  });

  it("takes its time, anew after each write", async () => {
    const { send, simulator } = await startClient({ now: () => 0, switches: { realizationDelay: 3000 } });
    const state = async () => (await send("GET", `${web}/state`)).body.state;
    await send("PUT", web, {});
    expect(await state()).toBe("in_progress");
    expect((await send("GET", status)).body.consolidated_status.consolidated_status).toBe("IN_PROGRESS");
    simulator.control.clock.advance(3000);
    expect(await state()).toBe("success");
    await send("PATCH", web, { description: "d" });
    expect(await state()).toBe("in_progress");
  });

  it("fails with an alarm, while the intent was accepted with 200", async () => {
    const { send, simulator } = await startClient();
    const failure = { message: "VLAN 100 overlaps", errorCode: 8327 };
    simulator.control.planRealization(web, { failure });
    expect((await send("PUT", web, {})).status).toBe(200);
    const [entity] = (await send("GET", entities)).body.results;
    expect(entity).toMatchObject({ state: "ERROR", alarms: [{ error_details: { error_code: 8327 } }] });
    expect((await send("GET", `${web}/state`)).body).toMatchObject({ state: "failed", failure_code: 8327 });
    const alarms = (await send("GET", "/infra/realized-state/alarms")).body.results;
    expect(alarms).toMatchObject([{ message: failure.message, source_reference: web }]);
    simulator.control.planRealization(web);
    expect((await send("GET", status)).body.publish_status).toBe("REALIZED");
  });

  it("is refreshed on request, with 204; an intent that is not there is an invalid path", async () => {
    const { send, refusal } = await startClient();
    await send("PUT", web, {});
    const refresh = "/infra/realized-state/realized-entity?action=refresh&intent_path=";
    expect(await send("POST", refresh + web)).toMatchObject({ status: 204, body: undefined });
    expect((await refusal("GET", `${entities}2`)).slice(0, 2)).toEqual([400, 500012]);
  });
});
