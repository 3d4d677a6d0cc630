// Looking up objects of NSX by name, as a program asks: against the simulator, in every position that concerns lists.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createQueries, type Question, type Settings } from "../../provider/pulumi/queries.ts";
import type { Transport } from "../../provider/travel/transport.ts";
import { createRandom } from "../../simulators/kit/index.ts";
import { type NsxSimulator, type NsxSwitches, nsxSwitches, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { otherPositions } from "../tools/switchPositions.ts";
import { createVirtualClock, type VirtualClock } from "../tools/virtualClock.ts";
import { simulatorTransport } from "../tools/world.ts";

const point = "/infra/sites/default/enforcement-points/default";
const zones = `${point}/transport-zones`;

interface Bench {
  readonly clock: VirtualClock;
  readonly nsx: NsxSimulator;
  /** Asks as one program. */
  ask(name: string, args?: Question["args"], more?: Partial<Question>): Promise<unknown>;
  /** A program of its own: with its own session and lists. */
  program(): { ask: Bench["ask"]; close(): Promise<void> };
  /** Called before each request is sent. */
  before: (path: string) => void;
  readonly warnings: string[];
}

let bench: Bench;

async function start(switches: Partial<NsxSwitches> = {}): Promise<Bench> {
  const clock = createVirtualClock();
  const nsx = await startNsxSimulator({ port: false, now: clock.now, switches });
  const warnings: string[] = [];
  const settings: Settings = {
    "nsx:endpoint": "https://nsx.invalid",
    "nsx:username": "admin",
    "nsx:password": nsx.password,
  };
  const network = simulatorTransport(nsx.handle);
  const transport: Transport = (request) => {
    made.before(request.path);
    return network(request);
  };
  function program() {
    const queries = createQueries({ environment: {}, clock, warn: (text) => warnings.push(text), transport });
    return {
      ask: (name: string, args: Question["args"] = {}, more: Partial<Question> = {}) =>
        queries.ask({ name, args, settings, isFresh: false, isSecret: false, ...more }),
      close: queries.close,
    };
  }
  const made: Bench = { clock, nsx, ask: program().ask, program, before: () => {}, warnings };
  return made;
}

afterEach(() => bench.nsx.close());

const messageOf = (asked: Promise<unknown>) =>
  asked.then(
    () => "no error",
    (error: Error) => error.message,
  );
const requests = () => bench.nsx.control.requests.all().map(({ method, path }) => `${method} ${path.split("?")[0]}`);
const put = (path: string, body: object = {}, user?: string) =>
  bench.nsx.control.change(path, body as Record<string, unknown>, user);

describe("one object", () => {
  beforeEach(async () => {
    bench = await start();
  });

  test("a transport zone by its name, with what else a program may want of it", async () => {
    expect(await bench.ask("getTransportZone", { displayName: "overlay-tz" })).toEqual({
      id: "overlay-tz",
      path: `${zones}/overlay-tz`,
      displayName: "overlay-tz",
      description: "",
      tags: [],
      uniqueId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      createUser: "system",
      tzType: "OVERLAY_BACKED",
      isDefault: true,
      nsxId: undefined,
    });
  });

  test.each([
    ["getTier1Gateway", { displayName: "t1-web" }, "/infra/tier-1s/t1-web", { tier0Path: "/infra/tier-0s/t0" }],
    ["getTier0Gateway", { id: "t0" }, "/infra/tier-0s/t0", { displayName: "t0", transitSubnets: [] }],
    ["getTier1Gateway", { path: "/infra/tier-1s/t1-web" }, "/infra/tier-1s/t1-web", {}],
    [
      "getTier1Gateway",
      { displayName: "t1-dev", projectPath: "/orgs/default/projects/dev" },
      "/orgs/default/projects/dev/infra/tier-1s/t1-dev",
      {},
    ],
    [
      "getTier1Gateway",
      { path: "/orgs/default/projects/dev/infra/tier-1s/t1-dev" },
      "/orgs/default/projects/dev/infra/tier-1s/t1-dev",
      {},
    ],
    [
      "getEdgeCluster",
      { displayName: "edge-cluster" },
      `${point}/edge-clusters/edge-cluster`,
      { createUser: "system" },
    ],
    [
      "getDhcpServer",
      { displayName: "dhcp-server" },
      "/infra/dhcp-server-configs/dhcp-server",
      { serverAddresses: ["100.96.0.1/30"], leaseTime: undefined, edgeClusterPath: undefined },
    ],
    ["getProject", { displayName: "dev" }, "/orgs/default/projects/dev", { tier0Paths: [], externalIpv4Blocks: [] }],
    ["getProject", { path: "/orgs/default/projects/dev" }, "/orgs/default/projects/dev", { id: "dev" }],
  ])("%s %o", async (name, args, path, more) => {
    expect(await bench.ask(name, args)).toMatchObject({ path, ...more });
  });

  test("a group of a domain, of another one, and of a project", async () => {
    put("/infra/domains/other");
    put("/orgs/default/projects/dev/infra/domains/default");
    const body = { display_name: "web", group_type: ["IPAddress"], state: "SUCCESS" };
    const paths = [
      "/infra/domains/default/groups/a",
      "/infra/domains/other/groups/b",
      "/orgs/default/projects/dev/infra/domains/default/groups/c",
    ];
    for (const path of paths) put(path, body);
    const inProject = { projectPath: "/orgs/default/projects/dev" };
    const found = await Promise.all(
      [{}, { domain: "other" }, inProject].map((place) => bench.ask("getGroup", { displayName: "web", ...place })),
    );
    expect(found).toMatchObject(paths.map((path) => ({ path, groupType: ["IPAddress"], state: "SUCCESS" })));
    expect(await messageOf(bench.ask("getGroup", { displayName: "web", domain: "a/b" }))).toContain("getGroup: domain");
    expect(await messageOf(bench.ask("getGroup", { domain: "other" }))).toContain(
      "say which group: by displayName, id, path, tag.",
    );
  });

  test("a service, those that NSX comes with apart from others", async () => {
    put("/infra/services/HTTPS", { is_default: true, service_type: "NON_ETHER" }, "system");
    put("/infra/services/own", { display_name: "HTTPS" });
    expect(await bench.ask("getService", { displayName: "HTTPS", isDefault: true })).toMatchObject({
      path: "/infra/services/HTTPS",
      serviceType: "NON_ETHER",
      isDefault: true,
    });
    expect(await bench.ask("getServices", { displayName: "HTTPS" })).toHaveLength(2);
  });

  test("an edge cluster's, a DHCP server's and a project's own fields", async () => {
    put(`${point}/edge-clusters/ec2`, { member_node_type: "EDGE_NODE", nsx_id: "6f3c" });
    expect(await bench.ask("getEdgeCluster", { id: "ec2" })).toMatchObject({
      memberNodeType: "EDGE_NODE",
      nsxId: "6f3c",
    });
    const edgeClusterPath = `${point}/edge-clusters/ec2`;
    put("/infra/dhcp-server-configs/d2", { lease_time: 3600, edge_cluster_path: edgeClusterPath });
    expect(await bench.ask("getDhcpServer", { id: "d2" })).toMatchObject({ leaseTime: 3600, edgeClusterPath });
    put("/orgs/default/projects/shop", { short_id: "shop", tier_0s: ["/infra/tier-0s/t0"] });
    expect(await bench.ask("getProject", { id: "shop" })).toMatchObject({
      shortId: "shop",
      tier0Paths: ["/infra/tier-0s/t0"],
    });
  });

  test.each(["getTransportZone", "getEdgeCluster"])("%s: projects have none of their own", async (name) => {
    const asked = bench.ask(name, { displayName: "x", projectPath: "/orgs/default/projects/dev" });
    expect(await messageOf(asked)).toContain(`${name}: There is no argument projectPath;`);
  });

  test("by a tag: scope, tag or both, also one of another system", async () => {
    put("/infra/segments/web", {
      tags: [
        { scope: "env", tag: "prod" },
        { scope: "vcd", tag: "x" },
      ],
    });
    put("/infra/segments/db", { tags: [{ scope: "env", tag: "test" }] });
    const idOf = async (tag: object) => (await bench.ask("getSegment", { tag })) as { id: string };
    expect(await idOf({ scope: "env", tag: "prod" })).toMatchObject({ id: "web" });
    expect(await idOf({ tag: "test" })).toMatchObject({ id: "db" });
    expect(await idOf({ scope: "vcd" })).toMatchObject({ id: "web" });
    expect(await messageOf(bench.ask("getSegment", { tag: { scope: "env" } }))).toContain("2 segments in");
  });

  test("the mark of this provider is not among the tags, and nothing finds it", async () => {
    put("/infra/segments/web", {
      tags: [
        { scope: "pulumi.owner", tag: "x" },
        { scope: "env", tag: "prod" },
      ],
    });
    expect(await bench.ask("getSegment", { displayName: "web" })).toMatchObject({
      tags: [{ scope: "env", tag: "prod" }],
    });
    expect(await messageOf(bench.ask("getSegment", { tag: { scope: "pulumi.owner" } }))).toContain("no segment");
  });

  test("the default zone of a type is not one but two, until more is said", async () => {
    expect(await messageOf(bench.ask("getTransportZone", { isDefault: true }))).toContain("2 transport zones");
    const one = { isDefault: true, tzType: "VLAN_BACKED" };
    expect(await bench.ask("getTransportZone", one)).toMatchObject({ id: "vlan-tz" });
    expect(await messageOf(bench.ask("getTransportZone", { ...one, isDefault: false }))).toContain("no transport zone");
  });

  test("in another enforcement point", async () => {
    const other = "/infra/sites/default/enforcement-points/other";
    put(other);
    put(`${other}/transport-zones/overlay-tz`, { tz_type: "OVERLAY_BACKED" });
    expect(await bench.ask("getTransportZone", { displayName: "overlay-tz", enforcementPoint: other })).toMatchObject({
      path: `${other}/transport-zones/overlay-tz`,
    });
  });
});

describe("what is wrong is said", () => {
  beforeEach(async () => {
    bench = await start();
  });

  test("several: which, and what tells them apart", async () => {
    put(
      "/infra/tier-1s/a",
      { display_name: "web", tier0_path: "/infra/tier-0s/t0", tags: [{ scope: "env", tag: "prod" }] },
      "alice",
    );
    put("/infra/tier-1s/b", { display_name: "web" }, "bob");
    expect(await messageOf(bench.ask("getTier1Gateway", { displayName: "web" }))).toBe(
      [
        'getTier1Gateway: 2 tier-1 gateways in /infra/tier-1s have displayName "web". Name more of what tells them apart, or one\'s path:',
        '  "web" /infra/tier-1s/a (id a; tier0Path /infra/tier-0s/t0; tags env: prod; made by alice)',
        '  "web" /infra/tier-1s/b (id b; no tags; made by bob)',
      ].join("\n"),
    );
  });

  test("none: what there is, the nearest names first", async () => {
    expect(await messageOf(bench.ask("getTransportZone", { displayName: "vlan-tx" }))).toBe(
      [
        `getTransportZone: no transport zone in ${zones} has displayName "vlan-tx". There are:`,
        `  "vlan-tz" ${zones}/vlan-tz (id vlan-tz; tzType VLAN_BACKED; isDefault true; no tags; made by system)`,
        `  "overlay-tz" ${zones}/overlay-tz (id overlay-tz; tzType OVERLAY_BACKED; isDefault true; no tags; made by system)`,
      ].join("\n"),
    );
    expect(await messageOf(bench.ask("getSegment", { displayName: "web" }))).toBe(
      'getSegment: no segment in /infra/segments has displayName "web". Fixed segments lie under their tier-1: give path. There are none at all that this account may see.',
    );
  });

  test("at most ten of them", async () => {
    for (let i = 10; i < 25; i += 1) put(`/infra/segments/s${i}`, { display_name: "web" });
    const lines = (await messageOf(bench.ask("getSegment", { displayName: "web" }))).split("\n");
    expect(lines).toHaveLength(12);
    expect(lines.at(-1)).toBe("  and 5 more");
  });

  test.each([
    [undefined, "getTransportZone: say which transport zone: by displayName, id,"],
    [null, "getTransportZone: say which transport zone: by displayName, id,"],
    ["overlay", "getTransportZone: its argument is a string, and must be an object with displayName, id,"],
    [["overlay"], "getTransportZone: its argument is a list, and must be an object with displayName, id,"],
    [{}, "getTransportZone: say which transport zone: by displayName, id, path, tag, tzType, isDefault."],
    [{ displayName: undefined, enforcementPoint: point }, "say which transport zone"],
    [
      { display_name: "x" },
      "getTransportZone: There is no argument display_name; displayName is the nearest of displayName, id, path, tag, tzType, isDefault, enforcementPoint.",
    ],
    [{ name: "x" }, "getTransportZone: There is no argument name; displayName is the nearest of displayName, id,"],
    [{ zoneTzType: "x" }, "There is no argument zoneTzType; tzType is the nearest of displayName, id,"],
    [{ tag: { scop: "x" } }, "There is no argument tag.scop; scope is the nearest of scope, tag."],
    [{ tag: {} }, "tag: needs a scope or a tag."],
    [{ displayName: 5 }, "displayName: must be a text."],
    [{ displayName: "" }, "displayName: must not be empty."],
    [{ path: "/infra/tier-1s/t1-web" }, "it would end in /transport-zones/ and an id"],
    [{ displayName: "x", enforcementPoint: "/infra/sites/default/enforcement-points/gone" }, "cannot be looked into"],
  ])("%o", async (args, words) => {
    expect(await messageOf(bench.ask("getTransportZone", args as Record<string, unknown>))).toContain(words);
  });

  test("a long text of the arguments is cut, whole as it may be; a secret one is not there at all", async () => {
    const long = `${"x".repeat(190)}"${"y".repeat(1_000)}`;
    const name = await messageOf(bench.ask("getSegment", { displayName: long }));
    expect(name).toContain(`has displayName "${"x".repeat(190)}\\"yyyyyyyyy… (cut)"`);
    expect(name).not.toContain("y".repeat(10));
    expect(await messageOf(bench.ask("getSegment", { [long]: 1 }))).not.toContain("y".repeat(10));
    expect(await messageOf(bench.ask("getSegment", { displayName: long }, { isSecret: true }))).not.toContain("xx");
  });

  test("a wrong password, once for all queries, and neither it nor what is secret in the arguments is shown", async () => {
    const settings = { "nsx:endpoint": "https://nsx.invalid", "nsx:username": "admin", "nsx:password": "Wrong-one-1" };
    const words = await Promise.all(
      Array.from({ length: 20 }, (_, i) => messageOf(bench.ask("getSegment", { id: `s${i}` }, { settings }))),
    );
    expect(new Set(words).size).toBe(1);
    expect(words[0]).toMatch(/NSX at https:\/\/nsx.invalid refused the login of "admin"/);
    expect(words[0]).not.toContain("Wrong-one-1");
    expect(requests()).toEqual(["POST /api/session/create"]);
    const secret = await messageOf(bench.ask("getSegment", { displayName: "project-x-codename" }, { isSecret: true }));
    expect(secret).toContain("no segment in /infra/segments has displayName");
    expect(secret).not.toContain("project-x-codename");
  });
});

test.each([
  [
    { projectPath: "/orgs/default/projects/dev" },
    "does not lie in projectPath /orgs/default/projects/dev; give only the path.",
  ],
  [{ projectPath: "/orgs/default/projects/de" }, "does not lie in projectPath /orgs/default/projects/de;"],
])("a path and a place that contradict each other: %o", async (place, words) => {
  const path = "/orgs/default/projects/development/infra/segments/web";
  expect(await messageOf(bench.ask("getSegment", { path, ...place }))).toContain(`getSegment: path ${path} ${words}`);
});

describe("a segment's state", () => {
  const path = "/infra/segments/web";

  beforeEach(async () => {
    bench = await start();
    put(path);
  });

  test("realized", async () => {
    expect(await bench.ask("getSegmentState", { path })).toEqual({
      path,
      state: "success",
      failureCode: undefined,
      failureMessage: "",
      alarms: [],
    });
  });

  test("on its way, and right after that realized: nothing is kept", async () => {
    bench.nsx.control.planRealization(path, { delay: 5_000 });
    put(path, { description: "changed" });
    expect(await bench.ask("getSegmentState", { path })).toMatchObject({ state: "in_progress", alarms: [] });
    bench.clock.advance(5_000);
    expect(await bench.ask("getSegmentState", { path })).toMatchObject({ state: "success" });
  });

  test("failed, with NSX's reason and its alarms", async () => {
    bench.nsx.control.planRealization(path, { failure: { message: "no edge cluster", errorCode: 503_001 } });
    expect(await bench.ask("getSegmentState", { path })).toEqual({
      path,
      state: "failed",
      failureCode: 503_001,
      failureMessage: "no edge cluster",
      alarms: ["no edge cluster"],
    });
  });

  test("below a tier-1 gateway and in a project", async () => {
    const paths = ["/infra/tier-1s/t1-web/segments/fixed", "/orgs/default/projects/dev/infra/segments/own"];
    for (const each of paths) {
      put(each);
      expect(await bench.ask("getSegmentState", { path: each })).toMatchObject({ path: each, state: "success" });
    }
  });

  test.each([
    [{ path: "/infra/segments/gone" }, "getSegmentState: there is no segment /infra/segments/gone."],
    [{ path: "/infra/tier-1s/t1-web" }, "getSegmentState: path: must be the path of a segment, such as"],
    [{}, "getSegmentState: path: "],
  ])("%o", async (args, words) => {
    expect(await messageOf(bench.ask("getSegmentState", args))).toContain(words);
  });
});

describe("a search", () => {
  test("finds objects of any kind, in the order of their paths, with all that NSX says of them", async () => {
    bench = await start();
    put("/infra/segments/web", { tags: [{ scope: "env", tag: "prod" }] });
    put("/infra/tier-1s/web", {
      tags: [
        { scope: "env", tag: "prod" },
        { scope: "pulumi.owner", tag: "x" },
      ],
      tier0_path: "/infra/tier-0s/t0",
    });
    expect(await bench.ask("searchNsx", { query: "tags.scope:env AND marked_for_delete:false" })).toMatchObject([
      { resourceType: "Segment", id: "web", path: "/infra/segments/web", displayName: "web", markedForDelete: false },
      {
        resourceType: "Tier1",
        path: "/infra/tier-1s/web",
        properties: {
          tier0Path: "/infra/tier-0s/t0",
          createUser: "somebody-else",
          revision: 0,
          tags: [{ scope: "env", tag: "prod" }],
        },
      },
    ]);
    expect(await bench.ask("searchNsx", { query: "display_name:nobody" })).toEqual([]);
  });

  test("shows what only waits to be purged as such", async () => {
    bench = await start({ purgeDelay: 60_000 });
    put("/infra/segments/web");
    bench.nsx.control.delete("/infra/segments/web");
    expect(await bench.ask("searchNsx", { query: "resource_type:Segment" })).toMatchObject([
      { path: "/infra/segments/web", markedForDelete: true },
    ]);
  });

  test("shows an integer of 64 bits digit by digit, and objects that have neither path nor id", async () => {
    bench = await start();
    const results = [
      { resource_type: "VirtualMachine", external_id: "1", display_name: "vm" },
      { resource_type: "VirtualMachine", external_id: "2", display_name: "vm" },
    ];
    const body = JSON.stringify({ results, result_count: 2, cursor: "2" }).replace('"1"', "9007199254740993");
    bench.nsx.control.faults.inject({
      match: /\/search\/query/,
      times: "always",
      fault: { kind: "respond", when: "before", status: 200, body },
    });
    const found = await bench.ask("searchNsx", { query: "resource_type:VirtualMachine" });
    expect(found).toMatchObject([{ id: undefined, path: undefined, displayName: "vm" }, { displayName: "vm" }]);
    expect(JSON.stringify(found)).toContain('"externalId":"9007199254740993"');
  });

  test("over several pages is read twice, as nothing else shows that it is whole", async () => {
    bench = await start();
    for (let i = 0; i < 1_500; i += 1) put(`/infra/segments/s${i}`);
    const query = "resource_type:Segment";
    const found = await bench.ask("searchNsx", { query });
    expect(new Set((found as { id: string }[]).map(({ id }) => id)).size).toBe(1_500);
    expect(requests().filter((request) => request.endsWith("/search/query"))).toHaveLength(4);
  });

  test.each([
    [{ query: "(" }, "searchNsx: NSX cannot make anything of the query"],
    [{ query: " " }, "searchNsx: query: must not be empty."],
    [{ quer: "x" }, "There is no argument quer; query is the nearest of query."],
  ])("%o", async (args, words) => {
    bench = await start();
    expect(await messageOf(bench.ask("searchNsx", args))).toContain(words);
  });

  test("what is changed to fit while it is read makes up for nothing that has slipped through", async () => {
    bench = await start();
    for (let i = 1_000; i < 2_100; i += 1) put(`/infra/segments/s${i}`, { description: "shop" });
    put("/infra/segments/z", { description: "other" });
    bench.clock.advance(5_000);
    bench.before = (path) => {
      if (!path.includes("cursor=")) return;
      bench.before = () => {};
      bench.nsx.control.delete("/infra/segments/s1000");
      put("/infra/segments/z", { description: "shop" });
    };
    const found = (await bench.ask("searchNsx", { query: "description:shop" })) as { id: string }[];
    const all = Array.from({ length: 1_099 }, (_, i) => `s${1_001 + i}`);
    expect(found.map(({ id }) => id)).toEqual([...all, "z"]);
  });

  test("that finds as many as NSX shows at most may have found more", async () => {
    bench = await start();
    bench.nsx.control.faults.inject({
      match: /\/search\/query/,
      times: "always",
      fault: { kind: "respond", when: "before", status: 200, body: { results: [], result_count: 50_000, cursor: "0" } },
    });
    expect(await messageOf(bench.ask("searchNsx", { query: "*" }))).toContain("has 50000 objects, which is more than");
  });
});

describe("all objects", () => {
  test("those that fit, in the order of their paths, none, or all where nothing is asked for", async () => {
    bench = await start({ listOrder: "random" });
    for (const id of ["c", "a", "b"])
      put(`/infra/segments/${id}`, { tags: [{ scope: "env", tag: id === "b" ? "x" : "y" }] });
    const ids = async (args: object) =>
      ((await bench.ask("getSegments", { ...args })) as { id: string }[]).map(({ id }) => id);
    expect(await ids({})).toEqual(["a", "b", "c"]);
    expect(await ids({ tag: { tag: "y" } })).toEqual(["a", "c"]);
    expect(await ids({ displayName: "none" })).toEqual([]);
  });
});

const positions = [
  { name: "as they are", value: undefined },
  ...otherPositions(nsxSwitches).filter(({ name }) => ["listOrder", "lastCursor"].includes(name)),
];

describe.each(
  positions.map(({ name, value }) => [`${name} ${value ?? ""}`, value === undefined ? {} : { [name]: value }] as const),
)("a list is whole (%s)", (_, switches) => {
  const count = 2_500;
  const ids = (found: unknown) => (found as { id: string }[]).map(({ id }) => id);
  const all = Array.from({ length: count }, (_, i) => `s${String(i).padStart(4, "0")}`);
  const lists = () => requests().filter((request) => request.endsWith("/infra/segments")).length;

  beforeEach(async () => {
    bench = await start(switches);
    for (const id of all) put(`/infra/segments/${id}`);
    bench.clock.advance(5_000);
  });

  test("over several pages, in as many requests", async () => {
    expect(ids(await bench.ask("getSegments"))).toEqual(all);
    expect(lists()).toBe(3);
  });

  test("also right after everything was made, where it is read once more", async () => {
    put("/infra/segments/s2500");
    expect(ids(await bench.ask("getSegments"))).toEqual([...all, "s2500"]);
    expect(lists()).toBe(6);
  });

  test("also where a page is too large for the manager", async () => {
    bench.nsx.control.faults.inject({
      match: /page_size=(1000|500)/,
      times: "always",
      fault: {
        kind: "respond",
        when: "before",
        status: 400,
        body: { error_code: 60576, error_message: "Page overflow." },
      },
    });
    expect(ids(await bench.ask("getSegments"))).toEqual(all);
    expect(lists()).toBe(2 + 10);
  });

  test("what was there throughout is in it exactly once, while others insert and delete", async () => {
    // One goes from the front and one comes at the end: the count stays, and an object slips through between two pages.
    let reads = 0;
    const gone = new Set<string>();
    bench.before = (path) => {
      if (!path.includes("cursor=") || reads >= 4) return;
      bench.clock.advance(1_000);
      const id = all[reads * 100] as string;
      gone.add(id);
      bench.nsx.control.delete(`/infra/segments/${id}`);
      put(`/infra/segments/z${reads}`);
      put(`/infra/segments/a${reads}`);
      reads += 1;
    };
    const found = ids(await bench.ask("getSegments"));
    expect(new Set(found).size).toBe(found.length);
    expect(all.filter((id) => !gone.has(id) && !found.includes(id))).toEqual([]);
  });

  test("and where that never ends, it is passed on only when it is known to be whole", async () => {
    let number = 0;
    const gone = new Set<string>();
    bench.before = (path) => {
      if (!path.includes("cursor=")) return;
      bench.clock.advance(1_000);
      for (const id of [all[number], all[count - 1 - number]]) {
        bench.nsx.control.delete(`/infra/segments/${id}`);
        gone.add(String(id));
      }
      number += 1;
      put(`/infra/segments/z${number}`);
    };
    const asked = bench.ask("getSegments");
    const message = await messageOf(asked);
    if (message === "no error") {
      const found = ids(await asked);
      expect(all.filter((id) => !gone.has(id) && !found.includes(id))).toEqual([]);
    } else expect(message).toMatch(/The list of \/infra\/segments could not be read as a whole/);
  });
});

describe.each([1, 2, 3, 4, 5, 6, 7, 8])("while others insert and delete at random (%i)", (seed) => {
  const ids = Array.from({ length: 250 }, (_, i) => `keep${String(i).padStart(3, "0")}`);

  beforeEach(async () => {
    bench = await start({ listOrder: (["id", "created", "random"] as const)[seed % 3] ?? "id" });
    for (let i = 0; i < 60; i += 1) put(`/infra/segments/early${i}`, { description: "shop" });
    for (const id of ids) put(`/infra/segments/${id}`, { description: "shop" });
    // Pages of 62, so that there are five of them and more.
    bench.nsx.control.faults.inject({
      match: /page_size=(1000|500|250|125)\b/,
      times: "always",
      fault: { kind: "respond", when: "before", status: 400, body: { error_code: 60576, error_message: "Overflow." } },
    });
    bench.clock.advance(5_000);
    const random = createRandom(seed);
    const others = Array.from({ length: 60 }, (_, i) => `early${i}`);
    let changes = 0;
    bench.before = (path) => {
      if (!path.includes("cursor=")) return;
      bench.clock.advance(500);
      for (let i = 0; i < 4 && changes < 40; i += 1, changes += 1) {
        if (random.integer(2) === 0) {
          const id = `${random.integer(2) === 0 ? "a" : "z"}${changes}`;
          others.push(id);
          put(`/infra/segments/${id}`, { description: "shop" });
        } else {
          const [id] = others.splice(random.integer(others.length), 1);
          if (id) bench.nsx.control.delete(`/infra/segments/${id}`);
        }
      }
    };
  });

  test.each([
    ["getSegments", {}],
    ["searchNsx", { query: "resource_type:Segment AND description:shop" }],
  ])("%s has each of 250 objects that were there throughout exactly once", async (name, args) => {
    const found = ((await bench.ask(name, args)) as { id: string }[]).map(({ id }) => id);
    expect(found.filter((id) => id.startsWith("keep")).sort()).toEqual(ids);
    expect(new Set(found).size).toBe(found.length);
  });
});

test("while that never ends, what fits into one page is whole at the first reading", async () => {
  bench = await start();
  const ids = Array.from({ length: 250 }, (_, i) => `keep${String(i).padStart(3, "0")}`);
  for (const id of ids) put(`/infra/segments/${id}`);
  put("/infra/segments/a0");
  let number = 0;
  bench.before = (path) => {
    if (!path.includes("/infra/segments")) return;
    bench.nsx.control.delete(`/infra/segments/a${number}`);
    number += 1;
    put(`/infra/segments/a${number}`);
  };
  for (let i = 1; i <= 5; i += 1) {
    const found = ((await bench.ask("getSegments", {}, { isFresh: true })) as { id: string }[]).map(({ id }) => id);
    expect(found).toEqual([`a${i}`, ...ids]);
  }
  expect(requests().filter((request) => request.endsWith("/infra/segments"))).toHaveLength(5);
});

describe("an answer that cannot be all", () => {
  const page = (body: object) => ({ kind: "respond", when: "before", status: 200, body }) as const;
  const one = { id: "web", path: "/infra/segments/web", display_name: "web" };

  test.each([
    ["a count that disagrees", page({ results: [one], result_count: 2 })],
    ["no count", page({ results: [one] })],
    ["a cursor that leads back", page({ results: [one], result_count: 2, cursor: "0036abc" })],
  ])("%s is never passed on, and comes to an end", async (_, fault) => {
    bench = await start();
    bench.nsx.control.faults.inject({ match: /\/infra\/segments/, times: "always", fault });
    expect(await messageOf(bench.ask("getSegment", { displayName: "web" }))).toMatch(
      /The list of \/infra\/segments could not be read as a whole: it changed each of the 6 times/,
    );
    expect(requests().length).toBeLessThan(20);
  });

  test("once, it is read again", async () => {
    bench = await start();
    put("/infra/segments/web");
    bench.nsx.control.faults.inject({
      match: /\/infra\/segments/,
      times: 2,
      fault: page({ results: [], result_count: 1 }),
    });
    expect(await bench.ask("getSegment", { displayName: "web" })).toMatchObject({ id: "web" });
  });
});

describe("cost", () => {
  beforeEach(async () => {
    bench = await start();
    for (let i = 0; i < 200; i += 1) put(`/infra/segments/s${i}`);
  });

  test("two programs of 200 queries each, at once or one after the other: six requests each", async () => {
    const names = ["getSegment", "getTier1Gateway", "getTransportZone", "getTier0Gateway"] as const;
    const criteria = (i: number) => [{ id: `s${i}` }, { id: "t1-web" }, { id: "vlan-tz" }, { id: "t0" }][i % 4];
    const queries = Array.from({ length: 200 }, (_, i) => [names[i % 4] as string, { ...criteria(i) }] as const);
    const [first, second] = [bench.program(), bench.program()];
    await Promise.all(queries.map(([name, args]) => first.ask(name, args)));
    for (const [name, args] of queries) await second.ask(name, args);
    await Promise.all([first.close(), second.close()]);
    expect(requests().sort()).toEqual(
      [
        "POST /api/session/create",
        "GET /policy/api/v1/infra/segments",
        "GET /policy/api/v1/infra/tier-1s",
        `GET /policy/api/v1${zones}`,
        "GET /policy/api/v1/infra/tier-0s",
        "POST /api/session/destroy",
      ]
        .flatMap((request) => [request, request])
        .sort(),
    );
  });

  test("what has been made since the list was read is found all the same", async () => {
    await bench.ask("getSegment", { id: "s1" });
    put("/infra/segments/new");
    expect(await bench.ask("getSegment", { id: "new" })).toMatchObject({ id: "new" });
  });

  test("who has waited for resources is never answered from before", async () => {
    await bench.ask("getSegments");
    put("/infra/segments/new");
    const asked = Array.from({ length: 50 }, () => bench.ask("getSegments", {}, { isFresh: true }));
    for (const found of await Promise.all(asked)) expect(found).toHaveLength(201);
    expect(requests().filter((request) => request.startsWith("GET"))).toHaveLength(2);
  });

  test("after ten seconds a list is read again", async () => {
    await bench.ask("getSegments");
    bench.nsx.control.delete("/infra/segments/s5");
    bench.clock.advance(10_001);
    expect(await bench.ask("getSegments")).toHaveLength(199);
  });

  test("whoever asks after the end logs in again", async () => {
    const program = bench.program();
    await program.ask("getSegment", { id: "s1" });
    await program.close();
    expect(await program.ask("getSegment", { id: "s1" })).toMatchObject({ id: "s1" });
    await program.close();
    expect(requests().filter((request) => request.endsWith("destroy"))).toHaveLength(2);
  });
});
