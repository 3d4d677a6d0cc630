// A cluster has several managers: another one is asked where one cannot be, and never where a write may have arrived.
import { afterEach, describe, expect, test } from "vitest";
import { createProviders } from "../../provider/pulumi/providers.ts";
import { ConnectionError, WayRefused } from "../../provider/travel/errors.ts";
import type { Answer, Request } from "../../provider/travel/transport.ts";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { ResourceRun } from "../tools/stack.ts";
import { createVirtualClock, type VirtualClock } from "../tools/virtualClock.ts";
import { simulatorTransport } from "../tools/world.ts";

const [first, second, third] = ["https://nsx-1.example", "https://nsx-2.example", "https://nsx-3.example"] as const;
const args = { segmentId: "web", description: "as made", waitForRealization: false };
const seconds = 1_000;

const unreachable = () => {
  throw new ConnectionError("No whole answer: nothing listens there.", false, { code: "ECONNREFUSED" });
};
const busy = (headers = {}): Answer => ({ status: 503, headers, body: '{"error_code":102,"error_message":"busy"}' });
const noWrites = (request: Request) => (request.method === "PUT" ? unreachable() : undefined);

let simulator: NsxSimulator;
afterEach(() => simulator.close());

interface Cluster {
  readonly run: ResourceRun;
  readonly clock: VirtualClock;
  /** `METHOD manager` of each request to the API, and `login manager`. */
  asked(): string[];
}

/** Three managers of one cluster. @param answer - what a manager answers in place of itself, or throws */
async function startCluster(
  answer: (manager: string, request: Request, clock: VirtualClock) => Answer | undefined,
  settings: Record<string, string> = {},
): Promise<Cluster> {
  const clock = createVirtualClock();
  simulator = await startNsxSimulator({ port: false, now: clock.now });
  const serve = simulatorTransport(simulator.handle);
  const asked: string[] = [];
  const { byName } = createProviders({
    environment: {
      NSX_ENDPOINT: [first, second, third].join(),
      NSX_USERNAME: simulator.username,
      NSX_PASSWORD: simulator.password,
      ...settings,
    },
    clock,
    log: { warn: () => {}, progress: () => {} },
    async transport(request) {
      const { method, path, origin = "" } = request;
      asked.push(`${path === "/api/session/create" ? "login" : method} ${origin}`);
      return answer(origin, request, clock) ?? (await serve(request));
    },
  });
  const provider = byName.NsxSegment as unknown as ResourceRun["provider"];
  const run = new ResourceRun(provider, { owner: "acme/urn:pulumi:dev::shop::x::web", __provider: "text" });
  return { run, clock, asked: () => asked.splice(0) };
}

const revisions = () => simulator.control.history.of("/infra/segments/web").length;

describe("one that cannot be reached", () => {
  test("is passed over at once, and whoever answers is asked from then on", async () => {
    const { run, asked } = await startCluster((manager) => (manager === first ? unreachable() : undefined));
    await run.up(args);
    expect(asked()).toEqual([`login ${first}`, `login ${second}`, `PUT ${second}`]);
    await run.up({ ...args, description: "changed" });
    expect(new Set(asked().map((request) => request.split(" ")[1]))).toEqual(new Set([second]));
  });

  test("is asked again where the others are gone as well", async () => {
    const gone = new Set<string>([first]);
    const { run } = await startCluster((manager) => (gone.has(manager) ? unreachable() : undefined));
    await run.up(args);
    gone.add(second).add(third).delete(first);
    await run.up({ ...args, description: "changed" });
    expect(revisions()).toBe(2);
  });

  test("with basic authentication as well", async () => {
    const { run, asked } = await startCluster((manager) => (manager === first ? unreachable() : undefined), {
      NSX_AUTH: "basic",
    });
    await run.up(args);
    expect(asked()).toEqual([`PUT ${first}`, `PUT ${second}`]);
  });

  test("and the last one left is tried as often as a single one", async () => {
    const { run, asked } = await startCluster(unreachable, { NSX_AUTH: "basic" });
    await expect(run.up(args)).rejects.toThrow("nothing listens there");
    expect(asked()).toEqual([`PUT ${first}`, `PUT ${second}`, ...Array(4).fill(`PUT ${third}`)]);
  });

  test("for a certificate that does not verify is told, whatever the others are like", async () => {
    const { run, asked } = await startCluster((manager) => {
      if (manager !== first) return undefined;
      throw new WayRefused("The certificate does not verify.");
    });
    await expect(run.up(args)).rejects.toThrow("does not verify");
    expect(asked()).toEqual([`login ${first}`]);
  });
});

describe("a write that may have arrived", () => {
  test("is sent to nobody else: a look, which another one may answer, tells what became of it", async () => {
    let lost = false;
    const { run, asked } = await startCluster((manager, { method }) => {
      if (manager !== first || method === "POST") return undefined;
      if (lost) return unreachable();
      lost = true;
      throw new ConnectionError("The connection was cut.", true);
    });
    await run.up(args);
    const all = asked();
    expect(all[1]).toBe(`PUT ${first}`);
    // It had not arrived, as the look has told.
    expect(all.indexOf(`GET ${second}`)).toBeLessThan(all.indexOf(`PUT ${second}`));
    expect(revisions()).toBe(1);
  });

  test("and has, is not sent again", async () => {
    const { run, asked } = await startCluster(() => undefined);
    simulator.control.faults.inject({ match: "PUT /**", fault: { kind: "reset", when: "after" } });
    await run.up(args);
    expect(asked().filter((request) => request.startsWith("PUT"))).toEqual([`PUT ${first}`]);
    expect(revisions()).toBe(1);
  });
});

describe("one that answers 503", () => {
  test("for long is left: what it refused was not carried out", async () => {
    const { run, asked, clock } = await startCluster((manager, { method }) =>
      manager === first && method === "PUT" ? busy() : undefined,
    );
    await run.up(args);
    const all = asked();
    expect(all.slice(-2)).toEqual([`login ${second}`, `PUT ${second}`]);
    expect(all.filter((request) => request === `PUT ${first}`).length).toBeGreaterThan(3);
    expect(clock.elapsed()).toBeLessThan(21 * seconds);
    expect(revisions()).toBe(1);
  });

  test("to the login as well", async () => {
    const { run, asked, clock } = await startCluster((manager) => (manager === first ? busy() : undefined));
    await run.up(args);
    expect(asked().slice(-2)).toEqual([`login ${second}`, `PUT ${second}`]);
    expect(clock.elapsed()).toBeLessThan(21 * seconds);
  });

  test("and wants a longer pause than that is left at once, and its pause is not the others'", async () => {
    const { run, asked, clock } = await startCluster((manager) =>
      manager === first ? busy({ "retry-after": "60" }) : undefined,
    );
    await run.up(args);
    expect(asked()).toEqual([`login ${first}`, `login ${second}`, `PUT ${second}`]);
    expect(clock.elapsed()).toBeLessThan(2 * seconds);
  });

  test("for a moment is asked again", async () => {
    const { run, asked } = await startCluster((manager, { method }, clock) =>
      manager === first && method === "PUT" && clock.elapsed() < 3 * seconds ? busy() : undefined,
    );
    await run.up(args);
    expect(asked().filter((request) => !request.endsWith(first))).toEqual([]);
  });

  test("last of all is given all the time there is", async () => {
    const { run, clock } = await startCluster(() => busy(), { NSX_TIMEOUT: "300" });
    await expect(run.up(args)).rejects.toThrow(/answered 503.*NSX limits each user/);
    expect(clock.elapsed()).toBeGreaterThan(200 * seconds);
  });

  test("last of all until it has time again, for all that wait for one login", async () => {
    const { run, clock } = await startCluster((manager, _, { elapsed }) => {
      if (manager !== third) return unreachable();
      return elapsed() < 100 * seconds ? busy() : undefined;
    });
    const others = ["a", "b", "c"].map(
      (segmentId) => run.provider.create({ ...args, segmentId, ...run.constants }) as Promise<unknown>,
    );
    await Promise.all([run.up(args), ...others]);
    expect(clock.elapsed()).toBeGreaterThan(100 * seconds);
    expect(simulator.control.requests.count("POST /api/session/create")).toBe(1);
  });
});

test("a single one keeps all its patience", async () => {
  const { run, asked } = await startCluster((_, request) => noWrites(request), { NSX_ENDPOINT: first });
  await expect(run.up(args)).rejects.toThrow("nothing listens there");
  expect(asked()).toEqual([`login ${first}`, ...Array(4).fill(`PUT ${first}`)]);
});

describe("behind a reverse proxy, below a path", () => {
  const proxy = "https://proxy.example";
  const [one, two] = [`${proxy}/sddc/one`, `${proxy}/sddc/two`];
  const through = { NSX_ENDPOINT: `${one},${two}` };
  const redirects = (location: (path: string) => string) =>
    startCluster(
      (manager, { path }) =>
        manager === one ? { status: 307, headers: { location: location(path) }, body: "" } : undefined,
      through,
    );

  test("a redirect leads from one to the other", async () => {
    const { run, asked } = await redirects((path) => `${two}${path}`);
    await run.up(args);
    expect(asked()).toEqual([`login ${one}`, `login ${two}`, `PUT ${two}`]);
  });

  test("a redirect to what is no manager's path is not followed", async () => {
    for (const path of ["/sddc/three", "", "/sddc/two/x"]) {
      const { run, asked } = await redirects((below) => `${proxy}${path}${below}`);
      await expect(run.up(args)).rejects.toThrow("which is something else");
      expect(asked()).toEqual([`login ${one}`]);
      await simulator.close();
    }
  });
});
