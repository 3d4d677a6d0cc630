// A 403 of NSX is a session that has expired or a permission that is missing: which one is found out once, not with a
// login for each request.
import { afterEach, describe, expect, test } from "vitest";
import type { SimRequest, SimResponse } from "../../simulators/kit/index.ts";
import type { ProviderCalls } from "../tools/stack.ts";
import { createTestWorld } from "../tools/world.ts";
import { type SegmentBench, startSegmentBench } from "./nsxSegment.bench.ts";

const minute = 60_000;

const refusals: Readonly<Record<string, Pick<SimResponse, "status" | "body">>> = {
  "code 289": refusal(289),
  "code 98, as for a wrong XSRF token": refusal(98),
  "code 403, as for an expired session": refusal(403),
  "an unknown code": refusal(500_012),
  "no code": { status: 403, body: '{"error_message":"no"}' },
  "no body": { status: 403, body: "" },
  "a proxy's page": { status: 403, body: "<html><title>Forbidden</title></html>" },
  "status 401": { status: 401, body: "" },
};
const kinds = Object.entries(refusals);

function refusal(error_code: number) {
  return { status: 403, body: JSON.stringify({ error_code, error_message: "no" }) };
}

let nsx: SegmentBench;
afterEach(() => nsx.close());

/** NSX, which answers some requests otherwise, and what a process on it does. */
async function start(
  answerOf: (request: SimRequest) => (Pick<SimResponse, "status" | "body"> & Partial<SimResponse>) | undefined,
) {
  nsx = await startSegmentBench();
  const { simulator, clock } = nsx;
  let cookie: string | undefined;
  const world = createTestWorld(
    async (request) => {
      cookie = request.headers.cookie ?? cookie;
      const other = answerOf(request);
      return other ? { headers: {}, ...other } : simulator.handle(request);
    },
    {
      clock,
      environment: {
        NSX_ENDPOINT: "https://nsx.invalid",
        NSX_USERNAME: simulator.username,
        NSX_PASSWORD: simulator.password,
      },
    },
  );
  const provider = world.providers.byName.NsxSegment as unknown as ProviderCalls;
  const sent = (path: string) => simulator.control.requests.count(`POST /api/session/${path}`);
  return {
    ...world,
    logins: () => sent("create"),
    ended: () => sent("destroy"),
    create: (segmentId: string) =>
      provider.create({ segmentId, waitForRealization: false, owner: `acme/urn:pulumi:dev::shop::x::${segmentId}` }),
    /** Tells requests of the session that is in use now. */
    ofThisSession: () => {
      const used = cookie;
      return ({ headers }: SimRequest) => used !== undefined && headers.cookie === used;
    },
    expire: () => simulator.control.expireSessions(),
  };
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `web-${index}`);
const isCreate = ({ method, path }: SimRequest) => method === "PUT" && path.includes("/infra/segments/");

describe.each(kinds)("without the permission, answered with %s", (_, answer) => {
  test("forty creates, one after the other, are two logins", async () => {
    const { create, logins, ended } = await start((request) => (isCreate(request) ? answer : undefined));
    for (const name of names(40)) await expect(create(name)).rejects.toThrow(` ${answer.status}`);
    expect(logins()).toBeLessThanOrEqual(2);
    expect(logins() - ended()).toBe(1);
  });

  test("forty creates at once are two logins, and all sessions are ended with the process", async () => {
    const { create, logins, ended, providers } = await start((request) => (isCreate(request) ? answer : undefined));
    const outcomes = await Promise.allSettled(names(40).map(create));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toEqual([]);
    expect(logins()).toBeLessThanOrEqual(2);
    await providers.close();
    expect(ended()).toBe(logins());
  });
});

describe.each(kinds)("a session that has expired, answered with %s", (_, answer) => {
  test("is replaced by one login, however many requests meet it", async () => {
    let isExpired = (_: SimRequest) => false;
    const { create, logins, ofThisSession } = await start((request) => (isExpired(request) ? answer : undefined));
    await create("first");
    isExpired = ofThisSession();
    await Promise.all(names(40).map(create));
    expect(logins()).toBe(2);
  });

  test("is replaced also when a permission was found missing before", async () => {
    let isRefused = (request: SimRequest) => isCreate(request) && request.path.endsWith("/secret");
    const { create, logins, ofThisSession } = await start((request) => (isRefused(request) ? answer : undefined));
    await create("first");
    await expect(create("secret")).rejects.toThrow(` ${answer.status}`);
    expect(logins()).toBe(2);
    nsx.clock.advance(31 * minute);
    isRefused = ofThisSession();
    await Promise.all(names(40).map(create));
    expect(logins()).toBe(3);
  });
});

test("kinds of refusals that take turns are each found out once", async () => {
  const { create, logins } = await start((request) =>
    isCreate(request) ? kinds[Number(request.path.split("-").at(-1)) % kinds.length]?.[1] : undefined,
  );
  for (const name of names(40)) await expect(create(name)).rejects.toThrow();
  expect(logins()).toBeLessThanOrEqual(1 + kinds.length);
});

test("a session that NSX has ended is replaced each time", async () => {
  const { create, logins, expire } = await start(() => undefined);
  for (const name of names(5)) {
    await create(name);
    expire();
  }
  expect(logins()).toBe(5);
});

test("the session is ended with the process though NSX has asked for a pause, which all else keeps to", async () => {
  let asked = 0;
  const pause = { status: 503, body: "{}", headers: { "retry-after": "60" } };
  const { create, logins, ended, providers } = await start((request) => {
    if (!isCreate(request)) return undefined;
    asked += 1;
    return asked === 2 ? pause : undefined;
  });
  await create("first");
  const second = expect(create("second")).rejects.toThrow("the provider's process ends");
  await nsx.clock.sleep(1_000);
  await providers.close();
  expect([logins(), ended(), asked]).toEqual([1, 1, 2]);
  await second;
});
