// Two NSX managers and two NIMs in one stack: the default provider's, and those of an explicit one.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import type { EngineEvent, Workspace } from "../tools/pulumi.ts";
import {
  bothStack,
  driftCheck,
  failing,
  failingUp,
  nsxStack,
  program,
  resource,
  segment,
  segmentsOf,
} from "./stack.ts";

interface Passwords {
  readonly nsx: string;
  readonly nim: string;
}

const [first, second, third] = [
  { nsx: "Of-the-second-NSX-1", nim: "Of-the-second-NIM-1" },
  { nsx: "Rotated-NSX-2", nim: "Rotated-NIM-2" },
  { nsx: "Rotated-again-NSX-3", nim: "Rotated-again-NIM-3" },
] as const;

/** A component as a team's library has it: it knows nothing of providers. */
const site = `class Site extends pulumi.ComponentResource {
  constructor(name, options) {
    super("test:index:Site", name, {}, options);
    new NsxSegment(name + "-segment", { segmentId: name }, { parent: this });
    new Role(name + "-role", { name }, { parent: this });
  }
}`;

const providerNamed = (name: string, args: object) =>
  `const ${name} = new Provider(${JSON.stringify(name)}, ${JSON.stringify(args)});`;

/** What was done, by the resource's name, where it was anything. */
const steps = (events: readonly EngineEvent[]) =>
  events
    .flatMap(({ resOutputsEvent }) => resOutputsEvent?.metadata ?? [])
    .filter(({ op }) => op !== "same")
    .map(({ op, urn }) => `${op} ${urn.split("::").at(-1)}`);

async function rolesOf({ url, username }: NimSimulator, password: string): Promise<string[]> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const answer = await fetch(`${url}/api/platform/v1/roles`, { headers: { authorization } });
  const { items } = (await answer.json()) as { items: { metadata: { name: string } }[] };
  return items
    .map(({ metadata }) => metadata.name)
    .filter((name) => name !== "admin")
    .sort();
}

describe("two NSX and two NIM in one stack", { timeout: 300_000 }, () => {
  let [nsx1, nsx2]: NsxSimulator[] = [];
  let [nim1, nim2]: NimSimulator[] = [];
  let stack: Workspace;

  const segments = () => [nsx1, nsx2].map((nsx) => segmentsOf(nsx as NsxSimulator).sort());
  const roles = async (passwords: Passwords) => [
    await rolesOf(nim1 as NimSimulator, String(nim1?.password)),
    await rolesOf(nim2 as NimSimulator, passwords.nim),
  ];

  /** The same objects here and there, with these credentials of `dc2`, whose hosts may be named otherwise. */
  const declare = (passwords: Passwords, host = "127.0.0.1") => {
    const at = (url = "") => ({ endpoint: url.replace("127.0.0.1", host), username: "admin" });
    return program(
      site,
      providerNamed("dc2", {
        nsx: { ...at(nsx2?.url), password: passwords.nsx },
        nim: { ...at(nim2?.url), password: passwords.nim },
      }),
      segment("web", { segmentId: "web", description: "first" }),
      segment("web-dc2", { segmentId: "web", description: "first" }, "{ provider: dc2 }"),
      resource("Role", "ops", { name: "ops" }),
      resource("Role", "ops-dc2", { name: "ops" }, "{ provider: dc2 }"),
      `new Site("edge", { providers: [dc2] });`,
      `new Site("home");`,
    );
  };
  const rotate = ({ nsx, nim }: Passwords) => {
    nsx2?.control.setPassword("admin", nsx);
    nim2?.control.setPassword("admin", nim);
  };
  const inEnvironment = ({ nsx, nim }: Passwords) => ({ env: { NSX_DC2_PASSWORD: nsx, NIM_DC2_PASSWORD: nim } });
  /** Requests that change something, of both systems of a kind. */
  const writes = () =>
    [nsx1, nsx2, nim1, nim2]
      .flatMap((system) => system?.control.requests.all() ?? [])
      .filter(({ method, path }) => method !== "GET" && !path.startsWith("/api/session/"));
  const provider = async () => {
    const providers = await stack.resources("pulumi:providers:pulumi-nodejs");
    return providers.find(({ urn }) => urn.endsWith("::dc2"));
  };

  beforeAll(async () => {
    [nsx1, nsx2, nim1, nim2] = await Promise.all([
      startNsxSimulator(),
      startNsxSimulator({ password: first.nsx }),
      startNimSimulator({ nginx: false }),
      startNimSimulator({ nginx: false, password: first.nim }),
    ]);
    stack = await bothStack(nsx1, nim1, { program: declare(first) });
  });
  afterAll(async () => {
    await stack?.remove();
    await Promise.all([nsx1, nsx2, nim1, nim2].map((system) => system?.close()));
  });

  // The tests go on from each other, as the life of a stack does.
  test("each object is made where its provider leads, also those of a component and of one name here and there", async () => {
    await stack.up();
    const paths = (...ids: string[]) => ids.map((id) => `/infra/segments/${id}`);
    expect(segments()).toEqual([paths("home", "web"), paths("edge", "web")]);
    expect(await roles(first)).toEqual([
      ["home", "ops"],
      ["edge", "ops"],
    ]);
    await stack.up(["--expect-no-changes"]);
  });

  test("drift is found where it is", async () => {
    await driftCheck(stack, 0);
    nsx2?.control.change("/infra/segments/web", { description: "changed" }, "alice");
    const found = await driftCheck(stack, 7);
    expect(found).toMatch(/~ description: "first" => "changed"/);
    expect(found.match(/NsxSegment::[\w-]+/g)).toEqual(["NsxSegment::web-dc2"]);
    nsx2?.control.change("/infra/segments/web", { description: "first" });
  });

  test("its passwords are in the state only encrypted, though the program has them as they are", async () => {
    const text = JSON.stringify(await stack.exportState());
    for (const secret of Object.values(first)) expect(text).not.toContain(secret);
    const { inputs, outputs } = { ...(await provider()) };
    for (const part of [inputs, outputs]) {
      expect(part).toMatchObject({
        "provider:name": "dc2",
        "nsx:endpoint": nsx2?.url,
        "nsx:password": { ciphertext: expect.any(String) },
        "nim:password": { ciphertext: expect.any(String) },
      });
    }
  });

  test("a rotated password: refresh with the fresh one in the environment, under the provider's name", async () => {
    rotate(second);
    const refused = await failing(stack, ["refresh", "--yes", "--skip-preview"], {
      env: { NSX_DC3_PASSWORD: second.nsx },
    });
    expect(refused).toMatch(/refused the login of "admin".*Check NSX_DC2_USERNAME and NSX_DC2_PASSWORD/);
    await stack.refresh(["--expect-no-changes"], inEnvironment(second));
  });

  test("and in the program: up changes the provider alone, and writes nothing", async () => {
    await stack.writeProgram(declare(second));
    const before = writes().length;
    const { events } = await stack.runWithEvents(["up", "--yes", "--skip-preview"]);
    expect(steps(events)).toEqual(["update dc2"]);
    expect(writes()).toHaveLength(before);
    await driftCheck(stack, 0);
    await stack.up(["--expect-no-changes"]);
  });

  test("nor does another address of the same systems replace anything", async () => {
    await stack.writeProgram(declare(second, "localhost"));
    const before = writes().length;
    const { events } = await stack.runWithEvents(["up", "--yes", "--skip-preview"]);
    expect(steps(events)).toEqual(["update dc2"]);
    expect(writes()).toHaveLength(before);
    expect((await provider())?.outputs?.["nsx:endpoint"]).toBe(nsx2?.url.replace("127.0.0.1", "localhost"));
    await driftCheck(stack, 0);
  });

  test("destroy with an old password in the state and the fresh one in the environment", async () => {
    rotate(third);
    expect(await failing(stack, ["destroy", "--yes", "--skip-preview"])).toContain("NSX_DC2_PASSWORD");
    await stack.destroy([], inEnvironment(third));
    expect(segments()).toEqual([[], []]);
    expect(await roles(third)).toEqual([[], []]);
  });
});

describe("what an explicit provider is told", { timeout: 120_000 }, () => {
  let [nsx1, nsx2]: NsxSimulator[] = [];
  beforeAll(async () => {
    [nsx1, nsx2] = await Promise.all([startNsxSimulator(), startNsxSimulator({ password: first.nsx })]);
  });
  afterAll(() => Promise.all([nsx1?.close(), nsx2?.close()]));

  test("may come wholly from the environment, or not be known before the first up", async () => {
    if (!nsx1 || !nsx2) throw new Error("no simulator");
    const late = `const late = new Provider("late", { nsx: {
      endpoint: web.uniqueId.apply(() => ${JSON.stringify(nsx2.url)}), username: "admin", password: ${JSON.stringify(first.nsx)},
      token: pulumi.secret(undefined),
    } });`;
    await using stack = await nsxStack(nsx1, {
      program: program(
        `const web = ${segment("web")}`,
        late,
        segment("one", undefined, "{ provider: late }"),
        providerNamed("dc2", {}),
        segment("two", undefined, "{ provider: dc2 }"),
      ),
      env: { NSX_DC2_ENDPOINT: nsx2.url, NSX_DC2_USERNAME: "admin", NSX_DC2_PASSWORD: first.nsx },
    });
    await stack.preview();
    await stack.up();
    expect(segmentsOf(nsx1)).toEqual(["/infra/segments/web"]);
    expect(segmentsOf(nsx2).sort()).toEqual(["/infra/segments/one", "/infra/segments/two"]);
    await stack.destroy();
    expect([nsx1, nsx2].map(segmentsOf)).toEqual([[], []]);
  });

  test("given to a resource that is there, together with another name, makes it anew there and removes it here", async () => {
    if (!nsx1 || !nsx2) throw new Error("no simulator");
    const args = { nsx: { endpoint: nsx2.url, username: "admin", password: first.nsx } };
    await using stack = await nsxStack(nsx1, { program: program(segment("web")) });
    await stack.up();
    const moved = segment("web-dc2", { segmentId: "web" }, "{ provider: dc2 }");
    await stack.writeProgram(program(providerNamed("dc2", args), moved));
    await stack.up();
    expect([nsx1, nsx2].map(segmentsOf)).toEqual([[], ["/infra/segments/web"]]);
    await stack.destroy();
    expect(segmentsOf(nsx2)).toEqual([]);
  });

  test("is checked: no argument that there is not, and none missing, with its own places to give them", async () => {
    if (!nsx1) throw new Error("no simulator");
    const args = { nsx: { endpoint: nsx1.url, pasword: "hidden" } };
    await using stack = await nsxStack(nsx1, { program: program(providerNamed("dc2", args)) });
    const unknown = await failingUp(stack);
    expect(unknown).toContain('Provider "dc2" has no argument nsx.pasword. It has nsx.endpoint, ');
    expect(unknown).not.toContain("hidden");
    // The stack's own settings are the default provider's.
    await stack.writeProgram(program(providerNamed("dc2", {}), segment("web", undefined, "{ provider: dc2 }")));
    expect(await failingUp(stack)).toContain(
      'nsx:endpoint is not set. Give it to the provider "dc2" as nsx.endpoint, or set NSX_DC2_ENDPOINT in the environment.',
    );
  });
});
