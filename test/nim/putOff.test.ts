// NIM has no revisions: what it puts off ("429: Too many requests", 503) others may overtake, and sending the same body again
// would undo what they wrote.
import { afterEach, expect, test } from "vitest";
import { type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";
import { createTestWorld } from "../tools/world.ts";
import { api } from "./nim.bench.ts";

let nim: NimSimulator | undefined;
afterEach(() => nim?.close());

interface Case {
  type: string;
  /** The arguments before and after; somebody else's write in between is about something else. */
  args(nim: NimSimulator): [before: Properties, after: Properties];
  path(id: string): string;
  method: string;
  others(body: Properties): Properties;
  /** What must be there in the end: what is declared, and what others wrote. */
  there: Properties;
}

const cases: Case[] = [
  {
    type: "Role",
    args: () => [
      { name: "team", description: "one" },
      { name: "team", description: "two" },
    ],
    path: (id) => `/roles/${id}`,
    method: "PUT",
    others: ({ metadata, ...rest }) => ({
      ...rest,
      metadata: { ...(metadata as Properties), displayName: "Alice's" },
    }),
    there: { metadata: expect.objectContaining({ description: "two", displayName: "Alice's" }) },
  },
  {
    type: "User",
    args: () => [
      { name: "ann", firstName: "Ann" },
      { name: "ann", firstName: "Anna" },
    ],
    path: (id) => `/users/${id}`,
    method: "PUT",
    others: ({ metadata, ...rest }) => ({
      ...rest,
      metadata: { ...(metadata as Properties), description: "Alice's" },
    }),
    there: {
      metadata: expect.objectContaining({ description: "Alice's" }),
      userDef: expect.objectContaining({ firstName: "Anna" }),
    },
  },
  {
    type: "InstanceGroup",
    args: () => [
      { name: "shop", description: "one" },
      { name: "shop", description: "two" },
    ],
    path: (id) => `/instance-groups/${id}`,
    method: "PATCH",
    others: () => ({ displayName: "Alice's" }),
    there: { description: "two", displayName: "Alice's" },
  },
  {
    type: "SystemTags",
    args: ({ instances: [instance] }) => [
      { systemUid: instance?.systemUid, tags: ["a"] },
      { systemUid: instance?.systemUid, tags: ["b"] },
    ],
    path: (id) => `/systems/${id}`,
    method: "PATCH",
    others: () => ({ tags: ["a", "alice's"] }),
    there: { tags: ["alice's", "b"] },
  },
];

test.each(cases.flatMap((each) => [429, 503].map((status) => [each.type, status, each] as const)))(
  "%s: an update that is put off with %i goes by what is there when it comes to it",
  async (_, status, { type, args, path, method, others, there }) => {
    const clock = createVirtualClock();
    const simulator = await startNimSimulator({ port: false, now: clock.now, nginx: false });
    nim = simulator;
    const authorization = `Basic ${Buffer.from(`${simulator.username}:${simulator.password}`).toString("base64")}`;
    const send = async (method: string, at: string, body?: Properties): Promise<Properties> => {
      const headers = { authorization, "content-type": "application/json" };
      const text = body ? JSON.stringify(body) : "";
      const answer = await simulator.handle({ method, path: api + at, headers, body: text, remoteAddress: "" });
      expect(answer.status, answer.body).toBeLessThan(300);
      return JSON.parse(answer.body);
    };
    let isArmed = false;
    const { providers } = createTestWorld(
      async (request) => {
        if (!isArmed || !["PUT", "PATCH"].includes(request.method)) return simulator.handle(request);
        isArmed = false;
        const at = path(run.state?.id ?? "");
        await send(method, at, others(await send("GET", at)));
        return { status, headers: { "retry-after": "6" }, body: "" };
      },
      {
        clock,
        environment: {
          NIM_ENDPOINT: "https://nim.invalid",
          NIM_USERNAME: simulator.username,
          NIM_PASSWORD: simulator.password,
        },
      },
    );
    const provider = providers.byName[type] as ResourceRun["provider"];
    const run = new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::it", __provider: "text" });
    const [before, after] = args(simulator);
    await run.up(before);
    isArmed = true;
    expect(await run.up(after)).toBe("update");
    expect(isArmed).toBe(false);
    const now = await send("GET", path(run.state?.id ?? ""));
    const inOrder = Array.isArray(now.tags) ? { ...now, tags: now.tags.toSorted() } : now;
    expect(inOrder).toMatchObject(there);
    expect(await run.refresh()).toEqual([]);
  },
);
