// A server, or a proxy before it, may answer an error with what it was sent. No message shows it.
import { afterEach, describe, expect, test } from "vitest";
import { createProviders } from "../../provider/pulumi/providers.ts";
import { createSecrets } from "../../provider/travel/redaction.ts";
import type { Request, Transport } from "../../provider/travel/transport.ts";
import type { SimHandler } from "../../simulators/kit/index.ts";
import { startConfigBench } from "../nim/nginxConfig.bench.ts";
import { startNimBench } from "../nim/nim.bench.ts";
import { startSegmentBench } from "../nsx/nsxSegment.bench.ts";
import { searchFor } from "../tools/canary.ts";
import { issue } from "../tools/pki.ts";
import type { Properties, ProviderCalls } from "../tools/stack.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";
import { simulatorTransport } from "../tools/world.ts";

const { certificate, key } = await issue("www.example.com");
const [, line = ""] = key.split("\n");
const password = "Tr0ub4dor&3 /sehr+geheim=";

function redact(text: string, kept: readonly string[]): string {
  const secrets = createSecrets();
  kept.forEach(secrets.keep);
  return secrets.clean(text);
}

describe("a secret is taken out of a text", () => {
  test.each<[string, string, string]>([
    ["as it is", `bad password ${password}!`, "bad password [secret]!"],
    ["each time", `${password}${password}`, "[secret][secret]"],
    ["in JSON", `got ${JSON.stringify({ a: 'qu"ote\\d' })}`, 'got {"a":"[secret]"}'],
    ["in JSON in JSON", JSON.stringify(JSON.stringify('qu"ote\\d')), '"\\"[secret]\\""'],
    ["in a URL", `?p=${encodeURIComponent(password)}&q=1`, "?p=[secret]&q=1"],
    ["in a form", `p=${new URLSearchParams({ p: password }).toString().slice(2)}`, "p=[secret]"],
    ["a line of a key", `cannot parse ${line} as a key`, "cannot parse [secret] as a key"],
    ["the whole key", `key: ${key}.`, "key: [secret]."],
    ["one that holds another", "a longer secret, and longer", "[secret], and [secret]"],
    ["a line with dashes at its end", "at: here are dashes-----", "at: [secret]"],
  ])("%s", (_, text, clean) => {
    const secrets = [password, key, 'qu"ote\\d', "longer", "a longer secret", "some dashes\nhere are dashes-----"];
    expect(redact(text, secrets)).toBe(clean);
    expect(redact(text, secrets.toReversed())).toBe(clean);
  });

  test.each(["", ":", "::", "u:", "admin:"])("in base64, behind %j", (before) => {
    for (const form of ["base64", "base64url"] as const) {
      const text = `Basic ${Buffer.from(`${before}${password}>>>`).toString(form)} was refused`;
      const clean = redact(text, [password]);
      expect(searchFor({ password })(clean)).toEqual([]);
      expect(clean).toMatch(/^Basic .*\[secret\].* was refused$/);
    }
  });

  test("also a short one", () => {
    const text = (before: string) => Buffer.from(`${before}abcd?`).toString("base64");
    for (const before of ["", "x", "xx"]) expect(redact(text(before), ["abcd"])).toContain("[secret]");
  });

  test("nothing else is", () => {
    const text = `-----BEGIN CERTIFICATE-----\n${certificate.split("\n")[1]}`;
    expect(redact(text, [key, password])).toBe(text);
    expect(redact("a b c, 1 2 3", ["", "a", "1 2"])).toBe("a b c, 1 2 3");
    expect(redact("code 1234", ["1234"])).toBe("code [secret]");
    expect(redact("short line\n", ["first line, long enough\nshort line\nlast"])).toBe("short line\n");
    expect(redact("12 letters!!\n", ["first line, long enough\r\n12 letters!!"])).toBe("[secret]\n");
    expect(redact("no secrets", [])).toBe("no secrets");
    expect(redact("half a character", ["half \ud83d of one"])).toBe("half a character");
  });
});

let close = async () => {};
afterEach(() => close());

/** A provider process whose server answers what matches with an error that holds all it was sent. */
function processThat(
  handle: SimHandler,
  environment: Record<string, string>,
  echoes: (request: Request) => boolean,
  errorOf: (sent: string) => object,
) {
  const network = simulatorTransport(handle);
  const sessions: string[] = [];
  const transport: Transport = async (request) => {
    const { headers = {}, body } = request;
    sessions.push(...Object.entries(headers).flatMap(([name, value]) => (/cookie|xsrf/.test(name) ? [value] : [])));
    if (!echoes(request)) return network(request);
    return { status: 400, headers: {}, body: JSON.stringify(errorOf(JSON.stringify([headers, body]))) };
  };
  const log = { warn() {}, progress() {} };
  const { byName } = createProviders({ environment, clock: createVirtualClock(), log, transport });
  return { provider: (name: string) => byName[name] as unknown as ProviderCalls, sessions };
}

async function messageOf(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => new Error("it went well"),
    (error: Error) => error,
  );
  expect(error.message).toContain("[secret]");
  return error.message;
}

describe("a server that shows all it was sent", () => {
  const owner = "acme/urn:pulumi:dev::shop::x::www";
  const isWrite = ({ method }: Request) => method !== "GET";

  function processOnNim({ handle, username }: { handle: SimHandler; username: string }, echoes = isWrite) {
    const environment = { NIM_ENDPOINT: "https://nim.invalid", NIM_USERNAME: username, NIM_PASSWORD: password };
    return processThat(handle, environment, echoes, (sent) => ({ code: 400, message: `cannot read ${sent}` }));
  }

  test("shows no key and no password of NIM", async () => {
    const nim = await startNimBench({ systems: [], password });
    close = nim.close;
    const args: Properties = { name: "www", certificate, privateKey: key, owner };
    const good = processOnNim(nim.simulator, () => false).provider("Certificate");
    const { inputs } = await good.check({}, args);
    const { outs } = await good.create(inputs);
    const provider = processOnNim(nim.simulator).provider("Certificate");
    const search = searchFor({ key, password }, certificate);
    expect(search(await messageOf(provider.create({ ...args, name: "other" })))).toEqual([]);
    const renewed = await issue("www.example.com");
    const news = { ...inputs, certificate: renewed.certificate, privateKey: renewed.key };
    const updated = await messageOf(provider.update("www", outs ?? {}, news));
    expect(searchFor({ key: renewed.key, password }, renewed.certificate)(updated)).toEqual([]);
  });

  test("shows no aux file of a config", async () => {
    const nim = await startConfigBench("instance", { password });
    close = nim.close;
    const users = "shop:$apr1$kanarie1$GelbGelbGelbGelbGelb0/\n";
    const provider = processOnNim(nim.simulator).provider("NginxConfig");
    const create = provider.create({ ...nim.args, auxFiles: { "/etc/nginx/.htpasswd": users }, owner });
    expect(searchFor({ users, password })(await messageOf(create))).toEqual([]);
  });

  test.each([
    ["session", /\/infra\//],
    ["basic", /\/infra\//],
    ["session", /\/session\/create/],
  ])("shows no login of NSX (%s, %s)", async (auth, path) => {
    const nsx = await startSegmentBench({ password });
    close = nsx.close;
    const { handle, username } = nsx.simulator;
    const environment = {
      NSX_ENDPOINT: "https://nsx.invalid",
      NSX_USERNAME: username,
      NSX_PASSWORD: password,
      NSX_AUTH: auth,
    };
    const echoes = (request: Request) => path.test(request.path);
    const errorOf = (sent: string) => ({ error_code: 400, error_message: `cannot read ${sent}` });
    const { provider, sessions } = processThat(handle, environment, echoes, errorOf);
    const message = await messageOf(provider("NsxSegment").create({ ...nsx.args, owner }));
    expect(searchFor({ password })(message)).toEqual([]);
    const secrets = sessions.flatMap((text) => text.split(/[=;] ?/)).filter((text) => text.length >= 16);
    expect(secrets.length > 0).toBe(auth === "session" && path.source.includes("infra"));
    for (const secret of secrets) expect(message).not.toContain(secret);
  });
});
