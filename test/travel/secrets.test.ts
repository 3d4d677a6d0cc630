// What a program has marked as a secret, and what is one whether it is marked or not, in each place from which text
// leaves: failed checks, errors, warnings, progress, and a server's words in the state.
import { afterEach, describe, expect, test, vi } from "vitest";
import { byAdopting, explainConflicts } from "../../provider/core/conflict.ts";
import type { Failure, Properties } from "../../provider/core/lifecycle.ts";
import { type PropertyPath, touches } from "../../provider/core/propertyPath.ts";
import { wayOut } from "../../provider/pulumi/wayOut.ts";
import { Unfinished } from "../../provider/travel/errors.ts";
import { createSecrets } from "../../provider/travel/redaction.ts";
import type { SimHandler } from "../../simulators/kit/index.ts";
import { files, mainFile, siteFile, startConfigBench } from "../nim/nginxConfig.bench.ts";
import { startNimBench } from "../nim/nim.bench.ts";
import { startSegmentBench } from "../nsx/nsxSegment.bench.ts";
import { searchFor } from "../tools/canary.ts";
import { issue } from "../tools/pki.ts";
import type { ProviderCalls } from "../tools/stack.ts";
import { createTestWorld } from "../tools/world.ts";

const owner = "acme/urn:pulumi:dev::shop::x::www";
const canary = "S3cret Kanarienvogel 0815";
const theirs = "Th31rs-Kanarienvogel-4711";
const search = searchFor({ canary, theirs });

let close: () => unknown = () => {};
afterEach(() => close());

/** An error as Pulumi shows and saves it. */
async function failed(run: Promise<unknown>): Promise<Error & { properties?: Properties; reasons?: string[] }> {
  const error = await run.then(
    () => new Error("it went well"),
    (reason) => reason,
  );
  expect(error.message).not.toBe("it went well");
  expect(String(error) + error.stack).toBe("");
  expect(error.cause).toBeUndefined();
  return error;
}

describe("everything that is said passes one way out", () => {
  const said: string[] = [];
  const secrets = createSecrets();
  secrets.keep(canary);
  const out = wayOut({ warn: (_, text) => said.push(text), progress: (_, text) => said.push(text) }, secrets);
  const text = `a proxy answered "${canary}"`;
  const clean = 'a proxy answered "[secret]"';

  test("warnings and progress", () => {
    out.warn("urn", text);
    out.progress("urn", text);
    expect(said).toEqual([clean, clean]);
  });

  test("failed checks, by the path in the reason: of the property that it is told Pulumi prints the value", () => {
    const failure: Failure = { path: ["files", "/etc/x"], reason: text };
    expect(out.failure(failure)).toEqual({ property: "", reason: `files["/etc/x"]: ${clean}` });
  });

  test("cut where a server says too much in one line, and never through a secret", () => {
    const { message } = out.error(
      new Error(`${"x".repeat(1_190)}${canary}${"y".repeat(20_000)}\nwhat to do`),
      "the text",
    );
    expect(message).toMatch(/^x{1190}\[secret\]y+ … \(cut\) … y{400}\nwhat to do$/);
    expect(message.length).toBeLessThan(2_000);
    expect(out.words("z".repeat(20_000))).toHaveLength(20_000);
  });

  test("errors, without what they were made of", () => {
    const error = out.error(new Error(text, { cause: new Error(text) }), "the text");
    expect([error.message, error.cause, error.stack, String(error)]).toEqual([clean, undefined, "", ""]);
    expect(out.error(text, "the text").message).toBe(clean);
  });

  test("unfinished objects, whose state is saved as it is", () => {
    const unfinished = Object.assign(new Unfinished("id", {}, text), { state: { description: canary } });
    expect(out.error(unfinished, "the text")).toMatchObject({
      message: clean,
      reasons: [clean],
      id: "id",
      properties: { description: canary, __provider: "the text" },
    });
  });

  test("a server's words in a state", () => {
    expect(out.words([{ name: "web-1", message: text, tries: 3 }])).toEqual([
      { name: "web-1", message: clean, tries: 3 },
    ]);
  });
});

describe("texts in which nobody says what is secret", () => {
  const clean = (how: "keepWords" | "keepWithin", kept: string, text: string) => {
    const secrets = createSecrets();
    secrets[how](kept);
    return secrets.clean(text);
  };

  test.each([
    ['unknown directive "hunter" in /etc/x:1', "unknown directive [secret] in /etc/x:1"],
    ["host not found in upstream pa55.internal", "host not found in upstream [secret]"],
    ["pa55.internals is another word", "pa55.internals is another word"],
    ["the hunter is a word", "the hunter is a word"],
  ])("of one that is a secret each word is one: %s", (text, expected) => {
    expect(clean("keepWords", 'set $x "hunter";\nproxy_pass pa55.internal;', text)).toBe(expected);
  });

  test("of another one, what looks like a secret", () => {
    const token = "eyJhbGciOiJIUzI1NiJ9.e30";
    const text = `server shop.example.com; proxy_set_header Authorization "Bearer ${token}"; ssl AES128-GCM-SHA256;`;
    expect(clean("keepWithin", text, text)).toBe(text.replace(token, "[secret]"));
    expect(clean("keepWithin", text, Buffer.from(text).toString("base64"))).toContain("[secret]");
  });
});

describe("a failed check shows no value", () => {
  async function reasons(name: string, args: Properties): Promise<string> {
    const world = createTestWorld(async () => Promise.reject(new Error("no network")), {
      environment: { NSX_ENDPOINT: "https://nsx.invalid", NIM_ENDPOINT: "https://nim.invalid" },
    });
    const { failures = [] } = await (world.providers.byName[name] as unknown as ProviderCalls).check(
      {},
      { ...args, owner },
    );
    expect(failures).not.toEqual([]);
    expect(failures.filter(({ property }) => property !== "")).toEqual([]);
    return failures.map(({ reason }) => reason).join("\n");
  }

  test("of a secret description", async () => {
    const message = await reasons("NsxSegment", { description: canary.repeat(100), secretInputs: ["description"] });
    expect(message).toMatch(/^description: /);
    expect(search(message)).toEqual([]);
  });

  test.each<[string, unknown, RegExp]>([
    ["text that is none", `${canary}\ufffd`, /^files\["\/etc\/nginx\/x\.conf"\]: has U\+FFFD/],
    ["base64 that is none", { base64: canary }, /^files\["\/etc\/nginx\/x\.conf"\]\.base64: is not base64/],
    ["what is no content", [canary], /^files\["\/etc\/nginx\/x\.conf"\]: must be text/],
  ])("of a file, secret or not: %s", async (_, content, reason) => {
    const args = { instanceGroup: "8f3c1d52-4a7e-4a43-9d0a-0f9b0f0a6c11", files: { "/etc/nginx/x.conf": content } };
    const message = await reasons("NginxConfig", args);
    expect(message).toMatch(reason);
    expect(search(message)).toEqual([]);
  });

  test("of a certificate and a key that have changed places, and of a misspelt key", async () => {
    const { certificate, key } = await issue("www.example.com");
    const swapped = await reasons("Certificate", { certificate: key, privateKey: certificate });
    expect(swapped).toMatch(/^certificate: holds a private key, whose place is privateKey/);
    const misspelt = await reasons("Certificate", { certificate, privatekey: key });
    expect(misspelt).toContain("privatekey: is not an argument");
    expect(searchFor({ key }, certificate)(swapped + misspelt)).toEqual([]);
  });
});

describe("a conflict shows no value of a secret argument, whosever it is", () => {
  test("on NSX", async () => {
    const nsx = await startSegmentBench();
    close = nsx.close;
    const provider = nsx.newProcess().providers.byName.NsxSegment as unknown as ProviderCalls;
    const declared = { segmentId: "web", description: canary, owner, secretInputs: ["description"] };
    const { id = "", outs } = await provider.create(declared);
    nsx.simulator.control.change(id, { description: theirs }, "alice");
    const { message } = await failed(provider.update(id, outs ?? {}, { ...declared, description: `new ${canary}` }));
    expect(message).toContain("description: last applied [secret], now [secret], wanted [secret]");
    expect(search(message)).toEqual([]);
  });

  test("nor what identifies an element of a list, nor a part or the whole of what is secret", () => {
    const secret = [["tags"], ["advancedConfig", "hybrid"]];
    const context = { isSecret: (path: PropertyPath) => touches(secret, path) };
    const values = { lastApplied: undefined, live: theirs, desired: canary, bothChanged: true };
    const paths = [`tags[token:${theirs}]`, "advancedConfig", "advancedConfig.hybrid", "tags"];
    const conflicts = paths.map((path) => ({ ...values, path }));
    const message = explainConflicts(context, "alice", conflicts, byAdopting);
    expect(message).toContain("  tags: not declared before");
    expect(search(message)).toEqual([]);
    const shown = explainConflicts(context, "alice", [{ ...values, path: "advancedConfig.multicast" }], byAdopting);
    expect(shown).toContain(canary);
  });

  test("on NIM", async () => {
    const nim = await startNimBench({ systems: [] });
    close = nim.close;
    const provider = nim.newProcess().providers.byName.Role as unknown as ProviderCalls;
    const declared = { name: "ops", description: canary, owner, secretInputs: ["description"] };
    const { id = "", outs } = await provider.create(declared);
    const body = structuredClone(nim.simulator.control.history.of("/api/platform/v1/roles/ops").at(-1)?.body) as {
      metadata: { description: string };
    };
    body.metadata.description = theirs;
    nim.simulator.control.write("roles", "ops", body, "alice");
    const { message } = await failed(provider.update(id, outs ?? {}, { ...declared, description: `new ${canary}` }));
    expect(message).toContain("description: last applied [secret], now [secret], wanted [secret]");
    expect(search(message)).toEqual([]);
  });
});

describe("what NSX makes of a secret", () => {
  test("is told and kept without the value", async () => {
    const nsx = await startSegmentBench();
    close = nsx.close;
    const world = createTestWorld(changingDescriptions(nsx.simulator.handle), {
      clock: nsx.clock,
      environment: {
        NSX_ENDPOINT: "https://nsx.invalid",
        NSX_USERNAME: nsx.simulator.username,
        NSX_PASSWORD: nsx.simulator.password,
      },
    });
    const provider = world.providers.byName.NsxSegment as unknown as ProviderCalls;
    const args = { segmentId: "web", description: canary, adminState: "UP", owner, secretInputs: ["description"] };
    const { id = "", outs = {} } = await provider.create(args);
    const text = world.warnings.map(({ message }) => message).join("\n");
    expect(text).toContain("NSX has made description [secret] instead");
    expect(search(text)).toEqual([]);
    // Only arguments are secrets in the state: Pulumi knows nothing of what the server makes of them.
    const besides = ({ description, ...rest }: Properties) => rest;
    expect(search(JSON.stringify(besides(outs)))).toEqual([]);
    const { props = {} } = await provider.read(id, outs);
    expect(search(JSON.stringify(besides(props)))).toEqual([]);
    expect(Object.keys(props.effective ?? {})).not.toEqual([]);
  });

  function changingDescriptions(handle: SimHandler): SimHandler {
    return async (request) =>
      handle(request.method === "PUT" ? { ...request, body: request.body.replace(canary, theirs) } : request);
  }
});

describe("nginx's words on a secret file", () => {
  const token = "kanarienvogel-mit-hut";
  const secretSite = `server { listen 80; proxy_set_header X-Token ${token}; "hunter" ; }`;
  const found = searchFor({ token, quoted: '"hunter"' });
  const words = `[emerg] unknown directive "hunter" near ${token} in ${siteFile}:1`;
  const clean = `[emerg] unknown directive [secret] near [secret] in ${siteFile}:1`;

  async function start(target: "instance" | "group") {
    const nim = await startConfigBench(target);
    close = nim.close;
    const secretFiles = { files: { [mainFile]: files[mainFile], [siteFile]: secretSite } };
    const args = { ...nim.args, ...secretFiles, owner, secretInputs: [`files["${siteFile}"]`] };
    return { nim, args, provider: nim.newProcess().providers.byName.NginxConfig as unknown as ProviderCalls };
  }

  test("are clean where NIM refuses it", async () => {
    const { nim, args, provider } = await start("instance");
    nim.inject("POST /**/config", { kind: "respond", when: "before", status: 400, body: { code: 1, message: words } });
    expect((await failed(provider.create(args))).message).toContain(clean);
  });

  test("are clean where the only instance does", async () => {
    const { nim, args, provider } = await start("instance");
    nim.simulator.control.refuse("web-1", words);
    expect((await failed(provider.create(args))).message).toContain(clean);
  });

  test("are clean where some instances do, also in the state, which has the files as they are", async () => {
    const { nim, args, provider } = await start("group");
    nim.simulator.control.refuse("web-1", words);
    const { message, reasons = [], properties = {} } = await failed(provider.create(args));
    expect(message).toContain(clean);
    expect(found([message, ...reasons].join())).toEqual([]);
    const { files: kept, ...rest } = properties;
    expect(kept).toEqual(args.files);
    expect(rest.instances).toContainEqual({ name: "web-1", status: "failure", message: clean });
    expect(found(JSON.stringify({ ...rest, secretInputs: undefined }))).toEqual([]);
    // What a refresh and the next update find is what the state has.
    nim.simulator.control.refuse("web-1");
    const { outs } = await provider.update(String((properties as { id?: string }).id ?? pathOf(nim)), properties, args);
    expect(outs?.files).toEqual(args.files);
  });

  const pathOf = (nim: { simulator: { instanceGroup: string } }) => `/instance-groups/${nim.simulator.instanceGroup}`;
});

describe("a server that answers one request with what another one has carried", () => {
  test("shows it to nobody", async () => {
    const nsx = await startSegmentBench();
    close = nsx.close;
    const provider = nsx.newProcess().providers.byName.NsxSegment as unknown as ProviderCalls;
    await provider.create({ segmentId: "web", description: canary, owner, secretInputs: ["description"] });
    const page = `<html><title>${canary}</title></html>`;
    nsx.inject("PUT /**", { kind: "respond", when: "before", status: 400, body: page });
    const { message } = await failed(provider.create({ segmentId: "api", owner }));
    expect(message).toContain("HTML ([secret])");
    expect(search(message)).toEqual([]);
  });
});

test("nothing is printed", async () => {
  const printed = vi.spyOn(process.stdout, "write");
  const complained = vi.spyOn(process.stderr, "write");
  const nsx = await startSegmentBench();
  close = nsx.close;
  const provider = nsx.newProcess().providers.byName.NsxSegment as unknown as ProviderCalls;
  nsx.inject("PUT /**", { kind: "respond", when: "before", status: 400, body: {} });
  await failed(provider.create({ segmentId: "web", description: canary, owner, secretInputs: ["description"] }));
  expect([...printed.mock.calls, ...complained.mock.calls]).toEqual([]);
  vi.restoreAllMocks();
});
