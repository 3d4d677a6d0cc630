import { createPrivateKey } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { nimSettings, nim as nimSystem } from "../../provider/nim/settings.ts";
import { nsx, nsxSettings } from "../../provider/nsx/settings.ts";
import { createProviders } from "../../provider/pulumi/providers.ts";
import { systemClock } from "../../provider/travel/clock.ts";
import { expectSettings } from "../../provider/travel/settings.ts";
import { issue } from "../tools/pki.ts";

const credentials = { NSX_USERNAME: "pulumi", NSX_PASSWORD: "secret" };
const complete = { NSX_ENDPOINT: "https://nsx.example.com", ...credentials };

const fromStack =
  (values: Record<string, string> = {}) =>
  (key: string) =>
    values[key];

describe("what is wrong with a setting is said with what would be right", () => {
  test.each([
    ["timeout", "10m", "must be a number of seconds"],
    ["timeout", "0", "must be more than 0"],
    ["timeout", "2000001", "must be at most 2000000"],
    ["maxRequestsPerSecond", "many", "must be a number"],
    ["maxConcurrency", "1.5", "must be a whole number"],
    ["onConflict", "ask", "must be one of fail, preserve, overwrite"],
    ["insecureSkipVerify", "yes", "must be one of true, false"],
    ["endpoint", "nsx.example.com", "must be a URL, such as https://host.example.com"],
  ])("nsx:%s %s", (key, value, words) => {
    const stack = fromStack({ [`nsx:${key}`]: value });
    expect(() => nsxSettings(stack, complete)).toThrow(`nsx:${key} is wrong: ${words}. Set it with`);
  });

  test("nim:basePath", () => {
    const stack = fromStack({ "nim:endpoint": "https://nim.example.com", "nim:basePath": "api" });
    expect(() => nimSettings(stack, { NIM_TOKEN: "t" })).toThrow(
      "nim:basePath is wrong: must be the path of a URL, such as /api/platform/v1.",
    );
  });
});

describe("where a setting comes from", () => {
  test("the stack or the environment, under the same name", () => {
    const stack = fromStack({ "nsx:maxRequestsPerSecond": "50" });
    expect(nsxSettings(stack, complete)).toMatchObject({
      endpoint: "https://nsx.example.com",
      maxRequestsPerSecond: 50,
    });
    expect(nsxSettings(fromStack(), { ...complete, NSX_MAX_REQUESTS_PER_SECOND: "50" }).maxRequestsPerSecond).toBe(50);
  });

  test("credentials from the environment first, since the state may hold old ones", () => {
    const stack = fromStack({ "nsx:password": "old", "nsx:username": "old" });
    expect(nsxSettings(stack, complete).login).toMatchObject({ username: "pulumi", password: "secret" });
  });

  test("everything else from the stack first, since a stack belongs to one manager", () => {
    const stack = fromStack({ "nsx:endpoint": "https://other.example.com" });
    expect(nsxSettings(stack, complete).endpoint).toBe("https://other.example.com");
  });

  test("an empty variable is none", () => {
    expect(() => nsxSettings(fromStack(), { ...complete, NSX_PASSWORD: "" })).toThrow("nsx:password is not set");
  });
});

describe("defaults are the systems' own limits", () => {
  test("of NSX", () => {
    expect(nsxSettings(fromStack(), complete)).toMatchObject({
      login: { auth: "session" },
      maxRequestsPerSecond: 100,
      maxConcurrency: 38,
      onConflict: "fail",
      insecureSkipVerify: false,
      timeout: 600,
    });
  });

  test("of NIM", () => {
    const environment = { NIM_ENDPOINT: "https://nim.example.com", NIM_USERNAME: "a", NIM_PASSWORD: "b" };
    expect(nimSettings(fromStack(), environment)).toMatchObject({
      basePath: "/api/platform/v1",
      apiVersion: "v1",
      maxRequestsPerSecond: 20,
    });
  });
});

describe("the version of NIM's API", () => {
  const nim = { NIM_ENDPOINT: "https://nim.example.com", NIM_TOKEN: "t" };

  test.each([
    ["the stack", { "nim:apiVersion": "v2" }, { NIM_API_VERSION: "v3" }, "/api/platform/v2"],
    ["the environment", {}, { NIM_API_VERSION: "v3" }, "/api/platform/v3"],
    ["an explicit provider", { "provider:name": "dc2", "nim:apiVersion": "v12" }, {}, "/api/platform/v12"],
    [
      "its own variable",
      { "provider:name": "dc2" },
      { NIM_DC2_API_VERSION: "v2", NIM_API_VERSION: "v3" },
      "/api/platform/v2",
    ],
  ])("from %s stands in the base path", (_, stack, environment, basePath) => {
    expect(nimSettings(fromStack(stack), { ...nim, ...environment }).basePath).toBe(basePath);
  });
});

describe("a missing or wrong setting", () => {
  test("is named with both ways to set it, and so is every other one", () => {
    const attempt = () => nsxSettings(fromStack(), {});
    expect(attempt).toThrow(
      'nsx:endpoint is not set. Set it with "pulumi config set nsx:endpoint …" or in the environment as NSX_ENDPOINT.',
    );
    expect(attempt).toThrow('pulumi config set --secret nsx:password …" or in the environment as NSX_PASSWORD');
    expect(attempt).toThrow("NSX_USERNAME");
  });

  test.each([
    ["NSX_ENDPOINT", "nsx.example.com", /nsx:endpoint is wrong/],
    ["NSX_ENDPOINT", "ftp://nsx.example.com", /nsx:endpoint is wrong/],
    ["NSX_AUTH", "kerberos", /nsx:auth is wrong.*"session", "basic", "certificate", "token", "vmc"/],
    ["NSX_INSECURE_SKIP_VERIFY", "yes", /nsx:insecureSkipVerify is wrong/],
    ["NSX_TIMEOUT", "-1", /nsx:timeout is wrong/],
    ["NSX_MAX_CONCURRENCY", "1.5", /nsx:maxConcurrency is wrong/],
    ["NSX_ON_CONFLICT", "maybe", /nsx:onConflict is wrong/],
  ])("%s = %s", (name, value, message) => {
    expect(() => nsxSettings(fromStack(), { ...complete, [name]: value })).toThrow(message);
  });

  test("a password is in no message", () => {
    const attempt = () => nsxSettings(fromStack(), { NSX_PASSWORD: "hunter2", NSX_ENDPOINT: "x" });
    expect(attempt).toThrow();
    expect(attempt).not.toThrow(/hunter2/);
  });
});

const { NSX_ENDPOINT } = complete;
const nimEndpoint = { NIM_ENDPOINT: "https://nim.example.com" };
const loginOf = (environment: Record<string, string>) =>
  nsxSettings(fromStack(), { NSX_ENDPOINT, ...environment }).login;
const nimLoginOf = (environment: Record<string, string>) =>
  nimSettings(fromStack(), { ...nimEndpoint, ...environment }).login;

describe("how to log in follows from what is given", () => {
  test("to NSX: a user with a password, a client certificate, a token, or VMware Cloud's in two forms", async () => {
    const { certificate, key } = await issue("pulumi");
    expect(loginOf(credentials)).toEqual({ auth: "session", username: "pulumi", password: "secret" });
    expect(loginOf({ ...credentials, NSX_AUTH: "basic" })).toEqual({
      auth: "basic",
      username: "pulumi",
      password: "secret",
    });
    expect(loginOf({ NSX_CLIENT_CERTIFICATE: certificate, NSX_CLIENT_KEY: key })).toEqual({
      auth: "certificate",
      clientCertificate: certificate,
      clientKey: key,
    });
    expect(loginOf({ NSX_TOKEN: "a.b.c" })).toEqual({ auth: "token", token: "a.b.c" });
    const vmcAuthUrl = "https://console.cloud.vmware.com";
    expect(loginOf({ NSX_VMC_REFRESH_TOKEN: "r" })).toEqual({ auth: "vmc", vmcRefreshToken: "r", vmcAuthUrl });
    expect(loginOf({ NSX_VMC_CLIENT_ID: "i", NSX_VMC_CLIENT_SECRET: "s" })).toEqual({
      auth: "vmc",
      vmcClientId: "i",
      vmcClientSecret: "s",
      vmcAuthUrl,
    });
  });

  test("to NIM: a user with a password, a token, or an account of the identity provider", () => {
    expect(nimLoginOf({ NIM_USERNAME: "u", NIM_PASSWORD: "p" })).toEqual({
      auth: "basic",
      username: "u",
      password: "p",
    });
    expect(nimLoginOf({ NIM_TOKEN: "a.b.c" })).toEqual({ auth: "token", token: "a.b.c" });
    const oidc = {
      NIM_OIDC_TOKEN_URL: "https://idp.example.com/token",
      NIM_OIDC_CLIENT_ID: "i",
      NIM_OIDC_CLIENT_SECRET: "s",
    };
    expect(nimLoginOf({ ...oidc, NIM_OIDC_SCOPE: "api://nim/.default" })).toEqual({
      auth: "oidc",
      oidcTokenUrl: "https://idp.example.com/token",
      oidcClientId: "i",
      oidcClientSecret: "s",
      oidcScope: "api://nim/.default",
    });
  });

  test("a token may stand in a file, and nothing but it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "token-"));
    const [good, empty] = [join(folder, "token"), join(folder, "empty")];
    await writeFile(good, "a.b.c\n");
    await writeFile(empty, "\n");
    expect(loginOf({ NSX_TOKEN: good })).toEqual({ auth: "token", token: "a.b.c" });
    expect(() => loginOf({ NSX_TOKEN: empty })).toThrow(`nsx:token is wrong: there is no token in ${empty}`);
    expect(() => loginOf({ NSX_TOKEN: "/no/such/token" })).toThrow(
      /nsx:token is wrong: .* nor a file that can be read/,
    );
    expect(() => loginOf({ NSX_TOKEN: "two words" })).toThrow("nsx:token is wrong: it has no token in it");
    await rm(folder, { recursive: true });
  });

  test("where nothing is given, all ways are named", () => {
    const attempt = () => loginOf({});
    expect(attempt).toThrow("NSX_PASSWORD");
    expect(attempt).toThrow(
      "Other ways to log in: nsx:clientCertificate with nsx:clientKey; nsx:token; nsx:vmcRefreshToken; nsx:vmcClientId with nsx:vmcClientSecret.",
    );
    expect(() => nimLoginOf({})).toThrow(
      "Other ways to log in: nim:token; nim:oidcTokenUrl with nim:oidcClientId with nim:oidcClientSecret.",
    );
  });

  test.each<[string, Record<string, string>, string[]]>([
    ["a user without a password", { NSX_USERNAME: "u" }, ["nsx:password is not set"]],
    ["a password without a user", { NSX_PASSWORD: "hidden" }, ["nsx:username is not set"]],
    [
      "a certificate without its key",
      { NSX_CLIENT_CERTIFICATE: "-----BEGIN CERTIFICATE-----" },
      ["nsx:clientKey is not set", "NSX_CLIENT_KEY"],
    ],
    ["half of an account", { NSX_VMC_CLIENT_ID: "i" }, ["nsx:vmcClientSecret is not set", "NSX_VMC_CLIENT_SECRET"]],
    [
      "two ways",
      { ...credentials, NSX_TOKEN: "hidden" },
      ["nsx:username and nsx:token are both set", '"session" or "token"'],
    ],
    [
      "a token beside a user alone",
      { NSX_USERNAME: "u", NSX_TOKEN: "hidden" },
      ["nsx:username and nsx:token are both set"],
    ],
    [
      "two forms of one way",
      { NSX_VMC_CLIENT_ID: "i", NSX_VMC_CLIENT_SECRET: "hidden", NSX_VMC_REFRESH_TOKEN: "hidden" },
      ["nsx:vmcRefreshToken and nsx:vmcClientId are both set"],
    ],
    ["a way that is named and has nothing", { ...credentials, NSX_AUTH: "token" }, ["nsx:token is not set"]],
    [
      "an exchange over http",
      { NSX_VMC_REFRESH_TOKEN: "hidden", NSX_VMC_AUTH_URL: "http://vmc.example.com" },
      ["nsx:vmcAuthUrl is wrong: over http"],
    ],
  ])("%s is refused, by name and without a value", (_, environment, messages) => {
    for (const message of messages) expect(() => loginOf(environment)).toThrow(message);
    expect(() => loginOf(environment)).not.toThrow(/hidden/);
  });

  test("what is named goes before what else is set", () => {
    expect(loginOf({ ...credentials, NSX_TOKEN: "a.b.c", NSX_AUTH: "token" })).toEqual({
      auth: "token",
      token: "a.b.c",
    });
  });

  test("a token URL over http leads to nobody but this machine", () => {
    const account = { NIM_OIDC_CLIENT_ID: "i", NIM_OIDC_CLIENT_SECRET: "s" };
    expect(() => nimLoginOf({ ...account, NIM_OIDC_TOKEN_URL: "http://idp.example.com/token" })).toThrow(
      "nim:oidcTokenUrl is wrong",
    );
    expect(nimLoginOf({ ...account, NIM_OIDC_TOKEN_URL: "http://127.0.0.1:9/token" })).toMatchObject({ auth: "oidc" });
  });
});

describe("a client certificate that no handshake could succeed with is refused before anything is sent", () => {
  const attempt =
    (certificate: string, key: string, more = {}) =>
    () =>
      loginOf({ NSX_CLIENT_CERTIFICATE: certificate, NSX_CLIENT_KEY: key, ...more });

  test("with a key of another certificate", async () => {
    const [one, other] = await Promise.all([issue("a"), issue("b")]);
    expect(attempt(one.certificate, other.key)).toThrow("nsx:clientKey does not belong to nsx:clientCertificate.");
  });

  test("after its time", async () => {
    const { certificate, key } = await issue("a", { days: -1 });
    expect(attempt(certificate, key)).toThrow("nsx:clientCertificate has expired at ");
  });

  test("without the passphrase of its key, or with another one", async () => {
    const { certificate, key } = await issue("a");
    const locked = createPrivateKey(key).export({
      format: "pem",
      type: "pkcs8",
      cipher: "aes-256-cbc",
      passphrase: "open sesame",
    });
    expect(attempt(certificate, String(locked))).toThrow(
      "nsx:clientKey is encrypted, and nsx:clientKeyPassphrase is not set.",
    );
    expect(attempt(certificate, String(locked), { NSX_CLIENT_KEY_PASSPHRASE: "other" })).toThrow("does not open it");
    expect(attempt(certificate, String(locked), { NSX_CLIENT_KEY_PASSPHRASE: "open sesame" })()).toMatchObject({
      auth: "certificate",
    });
  });

  test("with something else in the place of one of them", async () => {
    const { certificate, key } = await issue("a");
    expect(attempt(key, certificate)).toThrow("nsx:clientCertificate is wrong: it has no certificate in it");
    expect(attempt(certificate, certificate)).toThrow("nsx:clientKey is wrong: it has no private key in it");
    expect(attempt(certificate, "/no/such.key")).toThrow(/nsx:clientKey is wrong.* nor a file that can be read/);
    expect(attempt("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n", key)).toThrow(
      "its certificate cannot be read",
    );
  });
});

describe("a secret in the wrong form", () => {
  const encoded = Buffer.from("-----BEGIN PRIVATE KEY-----\nhidden\n-----END PRIVATE KEY-----\n").toString("base64");

  test.each([
    ["NSX_CLIENT_KEY", encoded],
    ["NSX_TOKEN", `/${encoded}`],
    ["NSX_VMC_REFRESH_TOKEN", `/${encoded}`],
  ])("is taken for a path that is not there, and not shown: %s", async (name, value) => {
    const { certificate } = await issue("a");
    const pair: Record<string, string> = name === "NSX_CLIENT_KEY" ? { NSX_CLIENT_CERTIFICATE: certificate } : {};
    expect(() => loginOf({ ...pair, [name]: value })).toThrow("nor a file that can be read");
    expect(() => loginOf({ ...pair, [name]: value })).not.toThrow(encoded);
  });
});

describe("an explicit provider", () => {
  const dc2 = (values: Record<string, string> = {}) =>
    fromStack({ "provider:name": "dc-2", "nsx:endpoint": "https://dc2.example.com", ...values });

  test("has variables with its name in them, which go before its arguments: the state may hold old credentials", () => {
    const stated = dc2({ "nsx:username": "two", "nsx:password": "old" });
    expect(nsxSettings(stated, { NSX_DC_2_PASSWORD: "fresh", ...credentials })).toMatchObject({
      endpoint: "https://dc2.example.com",
      login: { username: "two", password: "fresh" },
    });
  });

  test("is logged in with what is said of all where nothing is said of it, and never with half of that", () => {
    expect(nsxSettings(dc2(), credentials).login).toMatchObject({ username: "pulumi", password: "secret" });
    expect(nsxSettings(dc2({ "nsx:token": "own" }), credentials).login).toEqual({ auth: "token", token: "own" });
    expect(() => nsxSettings(dc2({ "nsx:username": "two" }), credentials)).toThrow(
      /nsx:password is not set.*NSX_DC_2_PASSWORD/,
    );
  });

  test("is told of its own arguments and variables where something is missing or wrong, and of no stack's", () => {
    const attempt = () => nsxSettings(fromStack({ "provider:name": "dc-2", "nsx:timeout": "soon" }), {});
    expect(attempt).toThrow(
      'nsx:endpoint is not set. Give it to the provider "dc-2" as nsx.endpoint, or set NSX_DC_2_ENDPOINT in the environment.',
    );
    expect(attempt).toThrow(/nsx:timeout is wrong: .*provider "dc-2" as nsx\.timeout/);
    expect(attempt).not.toThrow(/pulumi config/);
  });

  test("is told of the places where its own credentials can be given, old ones in the state or not", () => {
    expect(nsxSettings(dc2({ "nsx:username": "u", "nsx:password": "p" }), {}).credentials).toBe(
      'NSX_DC_2_USERNAME and NSX_DC_2_PASSWORD, or nsx.username and nsx.password of the provider "dc-2"',
    );
    expect(nsxSettings(fromStack(), complete).credentials).toBe(
      "NSX_USERNAME and NSX_PASSWORD, or nsx:username and nsx:password",
    );
    expect(nimSettings(fromStack(), { ...nimEndpoint, NIM_TOKEN: "a.b.c" }).credentials).toBe(
      "NIM_TOKEN, or nim:token",
    );
  });

  test("has its own arguments before any variable in everything else", () => {
    expect(
      nsxSettings(dc2({ "nsx:timeout": "5" }), { ...credentials, NSX_TIMEOUT: "7", NSX_DC_2_TIMEOUT: "6" }).timeout,
    ).toBe(5);
    expect(nsxSettings(dc2(), { ...credentials, NSX_TIMEOUT: "7", NSX_DC_2_TIMEOUT: "6" }).timeout).toBe(6);
    expect(nsxSettings(dc2(), { ...credentials, NSX_TIMEOUT: "7" }).timeout).toBe(7);
  });
});

describe("where requests go", () => {
  const endpointsOf = (endpoint: string) => nsxSettings(fromStack(), { ...complete, NSX_ENDPOINT: endpoint }).managers;

  test("to a host, behind a reverse proxy with its path", () => {
    expect(endpointsOf("https://nsx.example.com/")).toEqual(["https://nsx.example.com"]);
    expect(endpointsOf("https://vmc.example.com/vmc/reverse-proxy/api/orgs/o/sddcs/s/sks-nsxt-manager/")).toEqual([
      "https://vmc.example.com/vmc/reverse-proxy/api/orgs/o/sddcs/s/sks-nsxt-manager",
    ]);
    expect(endpointsOf("https://a.example.com, https://b.example.com:8443")).toEqual([
      "https://a.example.com",
      "https://b.example.com:8443",
    ]);
  });

  test.each(["http://nsx.example.com", "http://10.0.0.1", "http://localhost.example.com"])(
    "not to %s, where anybody on the way reads the password",
    (endpoint) => {
      expect(() => endpointsOf(endpoint)).toThrow("nsx:endpoint is wrong: over http");
    },
  );

  test.each([
    "http://localhost:1",
    "http://127.0.0.1:1",
    "http://127.9.9.9:1",
    "http://[::1]:1",
    "http://nsx.localhost:1",
  ])("to %s, which is this machine", (endpoint) => {
    expect(endpointsOf(endpoint)).toEqual([endpoint]);
  });

  test("not to a URL with more than a path", () => {
    expect(() => endpointsOf("https://nsx.example.com/?a=b")).toThrow("leave ? and # out of it");
  });
});

describe("the one certificate to trust", () => {
  const digits = "ab".repeat(32);

  test("by its SHA-256 fingerprint, with colons or without, in either case", () => {
    for (const given of [digits, digits.toUpperCase(), (digits.match(/../g) ?? []).join(":")]) {
      expect(nsxSettings(fromStack(), { ...complete, NSX_THUMBPRINT: given }).thumbprint).toBe(
        Array(32).fill("AB").join(":"),
      );
    }
  });

  test("not by one of another kind", () => {
    expect(() => nsxSettings(fromStack(), { ...complete, NSX_THUMBPRINT: "ab".repeat(20) })).toThrow(
      "must be a SHA-256 fingerprint",
    );
  });
});

describe("authorities to trust", () => {
  test("as PEM text, or as the path of a file that has it", async () => {
    const pem = "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n";
    const folder = await mkdtemp(join(tmpdir(), "config-"));
    await writeFile(join(folder, "ca.pem"), pem);
    for (const given of [pem, join(folder, "ca.pem")]) {
      expect(nsxSettings(fromStack(), { ...complete, NSX_CA_CERTIFICATE: given }).caCertificate).toBe(pem);
    }
    await rm(folder, { recursive: true });
  });

  test("a file that is not there is told", () => {
    expect(() => nsxSettings(fromStack(), { ...complete, NSX_CA_CERTIFICATE: "/no/such.pem" })).toThrow(
      "nor a file that can be read (ENOENT)",
    );
  });
});

describe("what would lead elsewhere, or to nothing, is refused", () => {
  const nim = { NIM_ENDPOINT: "https://nim.example.com", NIM_USERNAME: "admin", NIM_PASSWORD: "secret" };

  test("an endpoint with a user in it", () => {
    const endpoint = "https://admin:hidden@nsx.example.com";
    expect(() => nsxSettings(fromStack(), { ...complete, NSX_ENDPOINT: endpoint })).toThrow(
      "leave user and password out",
    );
  });

  test.each(["/api/../other", "/api/platform v1", "//other.example.com"])("a base path like %s", (basePath) => {
    expect(() => nimSettings(fromStack({ "nim:basePath": basePath }), nim)).toThrow("nim:basePath is wrong");
  });

  test("a base path loses the slash at its end", () => {
    expect(nimSettings(fromStack({ "nim:basePath": "/api/platform/v1/" }), nim).basePath).toBe("/api/platform/v1");
  });

  test.each(["1", "2.0", "v", "v2/..", "V2", "v2beta"])("a version of the API like %s", (apiVersion) => {
    expect(() => nimSettings(fromStack({ "nim:apiVersion": apiVersion }), nim)).toThrow(
      "nim:apiVersion is wrong: must be v and a number, such as v1. Set it with",
    );
  });

  test("two versions of the API, one of them in the base path, also before anything is asked", () => {
    const both = { "nim:basePath": "/api/platform/v1", "nim:apiVersion": "v2" };
    const words = "nim:apiVersion and nim:basePath are both set, and each says where the API begins. Take one out.";
    expect(() => nimSettings(fromStack(both), nim)).toThrow(words);
    expect(() => expectSettings(nimSystem, ["basePath", "apiVersion"], fromStack(both), nim)).toThrow(words);
    expect(() => nimSettings(fromStack({ "nim:basePath": "/nim" }), { ...nim, NIM_API_VERSION: "v1" })).toThrow(words);
  });

  test("authorities without a certificate: Node would go by the system's", async () => {
    const folder = await mkdtemp(join(tmpdir(), "authorities-"));
    const file = join(folder, "empty.pem");
    await writeFile(file, "");
    for (const text of [file, "-----BEGIN PRIVATE KEY-----\n"]) {
      expect(() => nsxSettings(fromStack({ "nsx:caCertificate": text }), complete)).toThrow("certificate in");
    }
    await rm(folder, { recursive: true });
  });
});

describe("what a preview can know", () => {
  const endpoint = { "nsx:endpoint": "https://nsx.example.com" };
  const keysOf = (values: Record<string, string>) => Object.keys(values).map((key) => key.split(":")[1] ?? "");
  const attempt =
    (values: Record<string, string>, environment: Record<string, string> = {}) =>
    () =>
      expectSettings(nsx, keysOf(values), fromStack(values), environment);

  test.each([
    ["enpoint", "endpoint"],
    ["endpiont", "endpoint"],
    ["endPoint", "endpoint"],
    ["ca_certificate", "caCertificate"],
    ["user", "username"],
    ["maxRequestPerSecond", "maxRequestsPerSecond"],
    ["vmcRefreshtoken", "vmcRefreshToken"],
  ])("a key that is none is refused with the one that was meant: %s", (written, meant) => {
    expect(attempt({ ...endpoint, [`nsx:${written}`]: "hidden" })).toThrow(
      `nsx:${written} is no setting: did you mean nsx:${meant}? "pulumi config rm nsx:${written}" takes it out.`,
    );
    expect(attempt({ ...endpoint, [`nsx:${written}`]: "hidden" })).not.toThrow("hidden");
  });

  test("one that is like none is refused with those that there are", () => {
    expect(attempt({ ...endpoint, "nsx:vlan": "7" })).toThrow(
      /^nsx:vlan is no setting\. There are nsx:auth, nsx:endpoint, /,
    );
    expect(() =>
      expectSettings(nimSystem, ["endpoint", "segments"], fromStack({ "nim:endpoint": "https://nim" }), {}),
    ).toThrow(/There are nim:auth, .*nim:oidcScope/);
  });

  test("each of them, and the endpoint that is missing for it, in one message", () => {
    expect(attempt({ "nsx:enpoint": "https://nsx.example.com", "nsx:passwort": "p" })).toThrow(
      /did you mean nsx:endpoint\?.*did you mean nsx:password\?.*nsx:endpoint is not set\. Set it with "pulumi config set nsx:endpoint …" or in the environment as NSX_ENDPOINT\./s,
    );
  });

  test("what is wrong in itself", () => {
    expect(attempt({ ...endpoint, "nsx:timeout": "soon" })).toThrow("nsx:timeout is wrong");
    expect(attempt({ "nsx:endpoint": "nsx.example.com" })).toThrow("nsx:endpoint is wrong");
  });

  test("nothing of what logs in, which no preview needs, nor of variables, which others may have set", () => {
    expect(attempt(endpoint)).not.toThrow();
    expect(attempt({}, { NSX_ENDPOINT: "https://nsx.example.com", NSX_ENPOINT: "x" })).not.toThrow();
  });
});

describe("check", () => {
  async function check(rawConfig: Record<string, string>, project = "shop", olds = {}): Promise<string> {
    const { byName } = createProviders({
      environment: {},
      clock: systemClock,
      log: { warn: () => {}, progress: () => {} },
      transport: () => Promise.reject(new Error("check must not use the network")),
    });
    await byName.NsxSegment?.configure({ config: { get: (key) => rawConfig[key], rawConfig } });
    const owner = `acme/urn:pulumi:dev::${project}::pulumi-nodejs:dynamic/nsx:NsxSegment::web`;
    const result = byName.NsxSegment?.check(olds, { segmentId: "web", owner }) as Promise<unknown>;
    return result.then(
      () => "right",
      (error: Error) => error.message,
    );
  }
  const right = { "nsx:endpoint": "https://nsx.example.com", "shop:vlan": "7" };

  test("tells it of a resource's own system, so that a preview ends there", async () => {
    expect(await check(right)).toBe("right");
    expect(await check({})).toContain("nsx:endpoint is not set. ");
    expect(await check({ ...right, "nsx:timeuot": "5" })).toContain("did you mean nsx:timeout?");
    expect(await check({ ...right, "nim:timeuot": "5" })).toBe("right");
  });

  test("leaves a project that is itself called nsx its own configuration", async () => {
    expect(await check({ ...right, "nsx:vlan": "7" }, "nsx")).toBe("right");
    expect(await check({ ...right, "nsx:vlan": "7" }, "nsx-lab")).toContain("nsx:vlan is no setting");
  });
});
