// Events, metrics and scans of the simulated NIM: what it takes, and what it refuses.
import { describe, expect, it } from "vitest";
import { startClient } from "./nim.client.ts";

const messages = (items: { message: string }[]) => items.map(({ message }) => message);

describe("events", () => {
  it("are there one by one, and as pages whose token stands in Metadata", async () => {
    const { send, control } = await startClient({ nginx: false });
    const { id } = control.addEvent({ message: "something", level: "ERROR" });
    expect((await send("GET", `/analytics/events/${id}`)).body).toMatchObject({
      id,
      level: "ERROR",
      message: "something",
    });
    expect((await send("GET", "/analytics/events/none")).status).toBe(404);
    const first = (await send("GET", "/analytics/events?pageSize=1&includeTotal=true")).body;
    expect(first.Metadata.pagination).toMatchObject({ pageToken: expect.any(String), total: 3, links: { prev: {} } });
    expect(first.Metadata.pagination.links.next.rel).toContain("page=2");
    const last = (await send("GET", "/analytics/events?pageSize=1&page=3")).body;
    expect(last.Metadata.pagination.links.next).toEqual({});
    // Everything under one token is as it was when the token was made.
    control.addEvent({ message: "later" });
    const token = first.Metadata.pagination.pageToken;
    const again = (await send("GET", `/analytics/events?pageToken=${token}&pageSize=0`)).body.items;
    expect(messages(again)).not.toContain("later");
  });

  it.each([
    ["level=ERROR", ["b"]],
    ["level!='INFO' OR hostname=web-*", ["b", "c"]],
    ["(level = INFO) AND message IN ('a', 'b')", ["a"]],
    ["message NOT IN ('a','c') AND category=test", ["b"]],
    ["message >= b AND category=test", ["b", "c"]],
    ["level=error", []],
  ])("with %s", async (filter, expected) => {
    const { send, control } = await startClient({ nginx: false, systems: [] });
    control.addEvent({ message: "a", category: "test" });
    control.addEvent({ message: "b", category: "test", level: "ERROR" });
    control.addEvent({ message: "c", category: "test", dimensions: { hostname: "web-7" } });
    const { body } = await send("GET", `/analytics/events?filter=${encodeURIComponent(filter)}&orderBy=message`);
    expect(messages(body.items)).toEqual(expected);
  });

  it.each([
    "filter=level",
    "filter=level%3D",
    "filter=(level%3DINFO",
    "filter=level%3DINFO%20level%3DINFO",
    "endTime=now",
    "startTime=yesterday",
    "startTime=now&endTime=now-1h",
    "orderBy=timestamp%20UP",
    "pageSize=101",
    "pageToken=1",
  ])("refuse %s", async (query) => {
    const { send } = await startClient({ nginx: false });
    expect((await send("GET", `/analytics/events?${query}`)).status).toBe(400);
  });
});

describe("metrics", () => {
  it.each([
    "",
    "names=",
    "names=nginx.none",
    "names=SUM(nginx.status)",
    "names=MEDIAN(nginx.status)&startTime=now-1h",
    "names=nginx.status&groupBy=hostname&startTime=now-1h",
    "names=nginx.status&resolution=1h&startTime=now-1h",
    "names=SUM(nginx.status)&resolution=0h&startTime=now-1h",
    "names=SUM(nginx.status)&startTime=now-1h&groupBy=hostname&dimensions=alias",
    "names=nginx.status&dimensions=colour",
  ])("refuse %s", async (query) => {
    const { send } = await startClient({ nginx: false });
    expect((await send("GET", `/analytics/metrics?${query}`)).status).toBe(400);
  });

  it("are the last value of each instance, or all of a time", async () => {
    const { send } = await startClient({ nginx: false });
    const [last] = (await send("GET", "/analytics/metrics?names=nginx.status")).body.metrics;
    expect(last.series.map(({ values }: { values: number[] }) => values.length)).toEqual([1, 1]);
    const [hour] = (await send("GET", "/analytics/metrics?names=nginx.status&startTime=now-1h")).body.metrics;
    expect(hour.series.map(({ values }: { values: number[] }) => values.length)).toEqual([120, 120]);
  });
});

describe("a scan", () => {
  it("finds what is in the network and on these ports, once", async () => {
    const { send, control } = await startClient({ nginx: false });
    control.placeServer({ ip: "192.0.2.77", port: 8080 });
    control.placeServer({ ip: "192.0.3.77", port: 8080 });
    const request = { cidr: "192.0.2.0/24", portRanges: ["8000-8100"] };
    for (let i = 0; i < 2; i += 1) {
      expect((await send("POST", "/servers/scan", request)).body).toMatchObject({
        nginxFound: 1,
        percentageComplete: 100,
        status: "complete",
        request: { ...request, hostDiscovery: "icmp" },
      });
    }
    expect((await send("GET", "/servers")).body.items).toMatchObject([
      { network: [{ ip: "192.0.2.77", port: 8080 }], serverApplication: "nginx", links: [] },
    ]);
  });

  it.each([
    {},
    { cidr: "web" },
    { cidr: "192.0.2.0/33" },
    { cidr: "192.0.2.0/24", portRanges: ["x"] },
    { cidr: "192.0.2.0/24", depth: 1 },
  ])("refuses %o", async (request) => {
    const { send } = await startClient({ nginx: false });
    expect((await send("POST", "/servers/scan", request)).status).toBe(400);
  });
});
