// The oracle on trial: it has to notice when an object is not as it should be, and must not cry otherwise. No provider.
import { describe, expect, test } from "vitest";
import { isHiddenPage } from "./configSubject.ts";
import { drift } from "./drift.ts";
import { directFinding, driftFinding, expected, isReplacement, objectFinding, programOf } from "./oracle.ts";
import { createDice } from "./random.ts";
import { rephrased } from "./rephrase.ts";
import { segmentShape, toWire } from "./segmentShape.ts";
import { segmentProgram } from "./segmentStates.ts";
import { canonical, isSame, type Json, type JsonObject } from "./shape.ts";

const shape = segmentShape("walk");
const mood = { vlan: false, saysFixed: false };
const said = (program: JsonObject) => programOf(shape, toWire(program) as JsonObject);
const there = (wire: JsonObject) => canonical(shape, wire) ?? {};

interface Situation {
  before?: JsonObject;
  live?: JsonObject;
  after: JsonObject;
  seen?: "full" | "maybe";
  /** What a refresh has shown, where it is not what is there now. */
  shown?: JsonObject;
}

function transition({ before, live, after, shown, seen = shown && "full" }: Situation) {
  const is = live && there(live);
  return {
    shape,
    before: before && said(before),
    live: is,
    after: said(after),
    seen: seen && { object: shown ? there(shown) : is, level: seen },
  };
}

const stop = (situation: Situation) => expected(transition(situation)).stop;
function judge(situation: Situation, now: JsonObject): string | undefined {
  const it = transition(situation);
  return objectFinding(it, expected(it), there(now))?.kind;
}

const subnet = { gateway_address: "10.1.0.1/24" };
const dhcp = { resource_type: "SegmentDhcpV4Config", server_address: "10.1.0.2/24", lease_time: 86400 };

describe("an object that is not as it should be", () => {
  test("each field of a generated program that is missing or changed is noticed", () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const after = segmentProgram(createDice(seed), mood);
      const wire = toWire(after) as JsonObject;
      expect(judge({ after }, wire), `seed ${seed}`).toBeUndefined();
      for (const name of Object.keys(wire)) {
        const { [name]: taken, ...rest } = wire;
        const isNothing = isSame(there(rest), there(wire)) || drift(shape, said(after), there(rest)).length === 0;
        expect(judge({ after }, rest) === undefined, `seed ${seed}: ${name} ${JSON.stringify(taken)}`).toBe(isNothing);
      }
      expect(judge({ after }, { ...wire, ls_id: "x" })).toBe("3 nobody's, and changed");
    }
  });

  test("the same in other words is the same", () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const program = segmentProgram(createDice(seed), mood);
      expect(said(rephrased(createDice(seed + 1000), program))).toEqual(said(program));
    }
  });

  test.each<[string, Situation, JsonObject, string | undefined]>([
    [
      "taken out and left",
      { before: { domainName: "a" }, live: { domain_name: "a" }, after: {} },
      { domain_name: "a" },
      "2 taken out and not at its default",
    ],
    ["taken out and gone", { before: { domainName: "a" }, live: { domain_name: "a" }, after: {} }, {}, undefined],
    [
      "nested, taken out and left",
      {
        before: { subnets: [{ gatewayAddress: "10.1.0.1/24", dhcpConfig: { serverAddress: "10.1.0.2/24" } }] },
        live: { subnets: [{ ...subnet, dhcp_config: dhcp }] },
        after: { subnets: [{ gatewayAddress: "10.1.0.1/24" }] },
      },
      { subnets: [{ ...subnet, dhcp_config: dhcp }] },
      "2 taken out and not at its default",
    ],
    [
      "somebody else's element taken away",
      {
        before: { tags: [{ tag: "a" }] },
        live: { tags: [{ tag: "a" }, { tag: "b" }] },
        after: { tags: [{ tag: "c" }] },
      },
      { tags: [{ tag: "c" }] },
      "1 declared and not there",
    ],
    [
      "somebody else's element kept",
      {
        before: { tags: [{ tag: "a" }] },
        live: { tags: [{ tag: "a" }, { tag: "b" }] },
        after: { tags: [{ tag: "c" }] },
      },
      { tags: [{ tag: "c" }, { tag: "b", scope: "" }] },
      undefined,
    ],
    [
      "kept though a refresh has shown it",
      {
        before: { tags: [{ tag: "a" }] },
        live: { tags: [{ tag: "a" }, { tag: "b" }] },
        after: { tags: [{ tag: "c" }] },
        seen: "full",
      },
      { tags: [{ tag: "c" }, { tag: "b" }] },
      "1 declared and not there",
    ],
    [
      "an order that means something",
      {
        after: {
          advancedConfig: {
            localEgressRoutingPolicies: [{ nexthopAddress: "10.1.0.7" }, { nexthopAddress: "10.1.0.8" }],
          },
        },
      },
      {
        advanced_config: {
          local_egress_routing_policies: [{ nexthop_address: "10.1.0.8" }, { nexthop_address: "10.1.0.7" }],
        },
      },
      "1 declared and not there",
    ],
  ])("%s", (_, situation, now, kind) => {
    expect(judge(situation, now)).toBe(kind);
  });
});

describe("when to stop", () => {
  test.each<[string, Situation, string]>([
    [
      "declared, and changed by others",
      { before: { description: "a" }, live: { description: "x" }, after: { description: "a" } },
      "must",
    ],
    [
      "changed by others to what is wanted",
      { before: { description: "a" }, live: { description: "b" }, after: { description: "b" } },
      "no",
    ],
    [
      "seen by a refresh",
      { before: { description: "a" }, live: { description: "x" }, after: { description: "b" }, seen: "full" },
      "no",
    ],
    [
      "begun, where the server filled in",
      { before: {}, live: { display_name: "walk" }, after: { displayName: "Web" } },
      "no",
    ],
    [
      "begun, where others have set something",
      { before: {}, live: { admin_state: "DOWN" }, after: { adminState: "UP" } },
      "must",
    ],
    ["ended, and changed by others", { before: { adminState: "DOWN" }, live: { admin_state: "UP" }, after: {} }, "no"],
    ["ended, and set by others", { before: { domainName: "a" }, live: { domain_name: "b" }, after: {} }, "must"],
    [
      "taken out as a whole, with others' settings in it",
      {
        before: { subnets: [{ gatewayAddress: "10.1.0.1/24", dhcpConfig: { serverAddress: "10.1.0.2/24" } }] },
        live: { subnets: [{ ...subnet, dhcp_config: { ...dhcp, lease_time: 60 } }] },
        after: { subnets: [{ gatewayAddress: "10.1.0.1/24" }] },
      },
      "must",
    ],
    [
      "the same after a refresh that has shown them, beside a field that this stack has changed since",
      {
        before: { subnets: [{ gatewayAddress: "10.1.0.1/24", dhcpConfig: { serverAddress: "10.1.0.2/24" } }] },
        live: { subnets: [{ ...subnet, dhcp_config: { ...dhcp, lease_time: 60 } }] },
        after: { subnets: [{ gatewayAddress: "10.1.0.1/24" }] },
        shown: { subnets: [{ ...subnet, dhcp_config: { ...dhcp, server_address: "10.1.0.3/24", lease_time: 60 } }] },
      },
      "no",
    ],
    [
      "the same, where others have changed them again since the refresh",
      {
        before: { subnets: [{ gatewayAddress: "10.1.0.1/24", dhcpConfig: { serverAddress: "10.1.0.2/24" } }] },
        live: { subnets: [{ ...subnet, dhcp_config: { ...dhcp, lease_time: 60 } }] },
        after: { subnets: [{ gatewayAddress: "10.1.0.1/24" }] },
        shown: { subnets: [{ ...subnet, dhcp_config: { ...dhcp, lease_time: 120 } }] },
      },
      "must",
    ],
    [
      "a declared element that others took away",
      { before: { tags: [{ tag: "a" }] }, live: {}, after: { tags: [{ tag: "a" }] } },
      "must",
    ],
    [
      "another notation by somebody else",
      {
        before: { subnets: [{ gatewayAddress: "2001:db8::1/64" }] },
        live: { subnets: [{ gateway_address: "2001:DB8:0:0::1/64" }] },
        after: { subnets: [{ gatewayAddress: "2001:db8::1/64" }], description: "x" },
      },
      "no",
    ],
  ])("%s", (_, situation, expectation) => {
    expect(stop(situation)).toBe(expectation);
  });
});

describe("after a run that was lost", () => {
  // What only the lost run said may count as its own in one field and as others' in another.
  const it = transition({ before: {}, live: { description: "lost", domain_name: "lost" }, after: {} });
  const [kept] = expected(it).allowed;
  const one = there({ domain_name: "lost" });
  const found = (allowed: Json[], now: Json, more: { isMixed?: true } = { isMixed: true }) =>
    objectFinding(it, { allowed, stop: "no", because: [], ...more }, now);

  test("each field by itself may be one or the other, and without such a run all or nothing", () => {
    expect(found([kept, {}], one)).toBeUndefined();
    expect(found([kept, {}], one, {})).toBeDefined();
  });

  test("one of what may be there is nothing at all", () => {
    expect(found([kept, undefined], one)).toBeUndefined();
  });

  test("but none may be what nobody said, nor be gone from an object inside", () => {
    const judgeMixed = (allowed: Json[], now: JsonObject) => found(allowed, there(now))?.detail;
    expect(judgeMixed([kept, {}], { domain_name: "nobody's" })).toContain("domain_name");
    const nested = (fields: JsonObject) => ({ advanced_config: fields });
    const both = [there(nested({ multicast: true, origin_id: "a" })), there(nested({ multicast: true }))];
    expect(judgeMixed(both, nested({ multicast: true }))).toBeUndefined();
    expect(judgeMixed(both, nested({ origin_id: "a" }))).toContain("advanced_config.multicast");
    expect(judgeMixed(both, nested({ multicast: true, origin_id: "b" }))).toContain("advanced_config.origin_id");
  });
});

test("a page that is gone can be told, unless others have changed the config that refers to it", () => {
  const program = { files: { "/etc/nginx/nginx.conf": "a" }, auxFiles: { "/page": "p", "/other": "o" } };
  const file = (path: string, text: string) => ({ path, content: `=${text}` });
  const live = (conf: string) => ({
    files: { "/etc/nginx/nginx.conf": file("/etc/nginx/nginx.conf", conf), "/other": file("/other", "theirs") },
  });
  expect(isHiddenPage(program, live("changed"), ["files./page"])).toBe(true);
  expect(isHiddenPage(program, live("a"), ["files./page"])).toBe(false);
  expect(isHiddenPage(program, live("changed"), ["files./page", "files./other"])).toBe(false);
  expect(isHiddenPage(program, live("changed"), ["files./etc/nginx/nginx.conf"])).toBe(false);
});

test("drift is shown exactly where it is", () => {
  const declared: Json = said({ description: "a", tags: [{ tag: "a" }], adminState: "UP" });
  const live = there({ description: "a", tags: [{ tag: "a" }], domain_name: "others'" });
  expect(driftFinding(shape, declared, live, [])).toBeUndefined();
  expect(driftFinding(shape, declared, live, ["domainName"])?.kind).toBe("6 drift where there is none");
  for (const change of [
    { description: "b" },
    { admin_state: "DOWN" },
    { tags: [{ tag: "a" }, { tag: "b" }] },
    { tags: [] },
  ]) {
    const changed = there({ description: "a", tags: [{ tag: "a" }], ...change });
    expect(driftFinding(shape, declared, changed, [])?.kind).toBe("6 drift that no drift check shows");
    expect(driftFinding(shape, declared, changed, ["x"])).toBeUndefined();
  }
});

test("what cannot change makes another object only when it is named and another", () => {
  const live = there({ overlay_id: 7 });
  expect(isReplacement(shape, live, said({ overlayId: 7, advancedConfig: { hybrid: false } }))).toBe(false);
  expect(isReplacement(shape, live, said({}))).toBe(false);
  expect(isReplacement(shape, live, said({ overlayId: 8 }))).toBe(true);
  expect(isReplacement(shape, live, said({ advancedConfig: { hybrid: true } }))).toBe(true);
});

test("another object than by the direct way is noticed, but not what was kept because it cannot change", () => {
  const declared = said({ description: "a" });
  const direct = there({ description: "a", overlay_id: 1 });
  expect(directFinding(shape, declared, there({ description: "a", overlay_id: 2 }), direct)).toBeUndefined();
  expect(directFinding(shape, declared, there({ description: "a", domain_name: "b" }), direct)?.kind).toMatch(/^4/);
});
