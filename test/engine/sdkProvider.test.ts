// An explicit provider's arguments on their way into its process: Pulumi carries them as texts under a stack's keys.
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test } from "vitest";
import { nim, nimSettings } from "../../provider/nim/settings.ts";
import { nsx, nsxSettings } from "../../provider/nsx/settings.ts";
import { type NimProviderArgs, type NsxProviderArgs, Provider, type ProviderArgs } from "../../sdk/index.ts";
import { settingsOf } from "../../sdk/provider.ts";
import { issue } from "../tools/pki.ts";

const registered = new Map<string, pulumi.runtime.MockResourceArgs>();

beforeAll(async () => {
  const newResource = (args: pulumi.runtime.MockResourceArgs) => {
    registered.set(args.name, args);
    return { id: args.name, state: args.inputs };
  };
  await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "shop", "dev");
});

/** What the engine is told of a provider: its settings, and which of them nobody may see. */
async function provider(name: string, args?: ProviderArgs) {
  const made = new Provider(name, args);
  await new Promise((resolve) => made.id.apply(resolve));
  const { type, inputs } = registered.get(name) as pulumi.runtime.MockResourceArgs;
  const secrets = Object.keys(inputs).filter((key) => pulumi.runtime.isRpcSecret(inputs[key]));
  const plain = Object.entries(inputs).map(([key, value]) => [key, pulumi.runtime.unwrapRpcSecret(value)]);
  return { type, inputs: Object.fromEntries(plain) as Record<string, string>, secrets };
}

/** As Pulumi reads them in the provider's process. */
const configOf = (inputs: Record<string, string>) => (key: string) => inputs[key];

const nsxArgs = {
  endpoint: ["https://a.example.com", "https://b.example.com/nsx"],
  thumbprint: "ab".repeat(32),
  insecureSkipVerify: true,
  timeout: 90,
  ignoreTags: ["SYSTEM", "vcd.*"],
  maxRequestsPerSecond: 2.5,
  maxConcurrency: 4,
  onConflict: "preserve",
  writeStrategy: "hierarchical",
  allowOverwrite: false,
} as const satisfies NsxProviderArgs;

const nimArgs = {
  endpoint: "https://nim.example.com",
  basePath: "/nim/api",
  thumbprint: "cd".repeat(32),
  insecureSkipVerify: false,
  timeout: 30,
  ignoreTags: "a,b*",
  maxRequestsPerSecond: 5,
  maxConcurrency: 2,
} as const satisfies NimProviderArgs;

/** One for each way in; together with the above they have every argument. */
const nsxLogins: [string, NsxProviderArgs][] = [
  ["session", { username: "u", password: "p" }],
  ["basic", { auth: "basic", username: "u", password: "p" }],
  ["token", { token: "a.b.c" }],
  ["vmc", { vmcRefreshToken: "r", vmcAuthUrl: "https://vmc.example.com" }],
  ["vmc", { vmcClientId: "i", vmcClientSecret: "s" }],
];
const nimLogins: [string, NimProviderArgs][] = [
  ["basic", { username: "u", password: "p" }],
  ["token", { auth: "token", token: "a.b.c" }],
  [
    "oidc",
    {
      oidcTokenUrl: "https://idp.example.com/token",
      oidcClientId: "i",
      oidcClientSecret: "s",
      oidcScope: "api://nim/.default",
    },
  ],
];

describe("what is given arrives as it was given", () => {
  test.each(nsxLogins)("for NSX, logged in by %s: %o", async (auth, login) => {
    const { type, inputs } = await provider(`nsx-${Object.keys(login).join("-")}`, { nsx: { ...nsxArgs, ...login } });
    expect(type).toBe("pulumi:providers:pulumi-nodejs");
    const settings = nsxSettings(configOf(inputs), {});
    expect(settings).toMatchObject({
      managers: ["https://a.example.com", "https://b.example.com/nsx"],
      thumbprint: Array(32).fill("AB").join(":"),
      insecureSkipVerify: true,
      timeout: 90,
      maxRequestsPerSecond: 2.5,
      maxConcurrency: 4,
      onConflict: "preserve",
      writeStrategy: "hierarchical",
      allowOverwrite: false,
      login: { ...login, auth },
    });
    expect(["SYSTEM", "vcd.network", "vcd", "mine"].map(settings.ignoreTags)).toEqual([true, true, false, false]);
  });

  test.each(nimLogins)("for NIM, logged in by %s: %o", async (auth, login) => {
    const { inputs } = await provider(`nim-${auth}`, { nim: { ...nimArgs, ...login } });
    const settings = nimSettings(configOf(inputs), {});
    expect(settings).toMatchObject({
      endpoint: "https://nim.example.com",
      basePath: "/nim/api",
      thumbprint: Array(32).fill("CD").join(":"),
      insecureSkipVerify: false,
      timeout: 30,
      maxRequestsPerSecond: 5,
      maxConcurrency: 2,
      login: { ...login, auth },
    });
    expect(["a", "bcd", "mine"].map(settings.ignoreTags)).toEqual([true, true, false]);
  });

  test("a version of NIM's API, in place of the whole path", async () => {
    const { basePath: _, ...others } = nimArgs;
    const { inputs } = await provider("version", { nim: { ...others, apiVersion: "v2", token: "a.b.c" } });
    expect(nimSettings(configOf(inputs), {}).basePath).toBe("/api/platform/v2");
  });

  test("a client certificate with its key, and authorities", async () => {
    const { certificate, key } = await issue("pulumi");
    const { inputs } = await provider("certificate", {
      nsx: {
        endpoint: "https://nsx.example.com",
        clientCertificate: certificate,
        clientKey: key,
        clientKeyPassphrase: "not needed",
        caCertificate: certificate,
      },
      nim: { ...nimArgs, username: "u", password: "p", caCertificate: certificate },
    });
    expect(nsxSettings(configOf(inputs), {})).toMatchObject({
      caCertificate: certificate,
      login: {
        auth: "certificate",
        clientCertificate: certificate,
        clientKey: key,
        clientKeyPassphrase: "not needed",
      },
    });
    expect(nimSettings(configOf(inputs), {}).caCertificate).toBe(certificate);
  });

  test("also from outputs, inside of lists too; what holds nothing is not said", async () => {
    const nothing = undefined as unknown as string;
    const { inputs } = await provider("outputs", {
      nsx: {
        endpoint: [pulumi.output("https://a.example.com"), "https://b.example.com"],
        username: pulumi.output("u"),
        password: pulumi.secret("p"),
        timeout: Promise.resolve(5),
        maxConcurrency: undefined as unknown as number,
        clientCertificate: pulumi.output(nothing),
        clientKey: null as unknown as string,
        token: pulumi.output(nothing),
        vmcRefreshToken: pulumi.secret(nothing),
      },
    });
    expect(inputs).not.toHaveProperty("nsx:clientCertificate");
    expect(inputs).not.toHaveProperty("nsx:clientKey");
    expect(nsxSettings(configOf(inputs), {})).toMatchObject({
      managers: ["https://a.example.com", "https://b.example.com"],
      login: { auth: "session", username: "u", password: "p" },
      timeout: 5,
      maxConcurrency: 38,
    });
  });

  test("and the provider's name, by which it has variables of its own, goes along", async () => {
    const { inputs } = await provider("dc-2");
    expect(inputs).toEqual({ "provider:name": "dc-2" });
    const environment = { NSX_DC_2_ENDPOINT: "https://two.example.com", NSX_DC_2_TOKEN: "a.b.c", NSX_TOKEN: "other" };
    expect(nsxSettings(configOf(inputs), environment)).toMatchObject({
      endpoint: "https://two.example.com",
      login: { token: "a.b.c" },
    });
  });
});

describe("the arguments are the settings that there are", () => {
  /** The keys that a provider has for a system; the only place where the SDK says them is what it refuses. */
  function argumentsOf(system: keyof ProviderArgs): string[] {
    try {
      new Provider("unknown", { [system]: { noSuchArgument: "" } } as ProviderArgs);
    } catch (error) {
      const [, list = ""] = /It has (.*)\.$/.exec((error as Error).message) ?? [];
      return list.split(", ").map((key) => key.replace(`${system}.`, ""));
    }
    return [];
  }

  test.each([nsx, nim])("of $system, whichever logs in", ({ system, general, logins }) => {
    const keys = ["auth", ...Object.keys(general.shape), ...Object.keys(logins.shape)];
    expect(argumentsOf(system as keyof ProviderArgs).sort()).toEqual(keys.sort());
  });

  test.each([nsx, nim])("of $system, and what the provider shows nobody is a secret in the state", async (system) => {
    const given = Object.fromEntries(argumentsOf(system.system as keyof ProviderArgs).map((key) => [key, "text"]));
    const { secrets } = await provider(`secrets-of-${system.system}`, { [system.system]: given });
    expect(secrets.sort()).toEqual(system.secrets.map((key) => `${system.system}:${key}`).sort());
  });

  test("what the program marks is a secret besides", async () => {
    const { secrets } = await provider("marked", { nim: { username: pulumi.secret("u"), endpoint: "https://a" } });
    expect(secrets).toEqual(["nim:username"]);
  });
});

describe("what is no argument is refused before anything is registered", () => {
  test.each<[string, object, string]>([
    ["beside the systems", { endpoint: "https://a" }, 'Provider "no" has no argument endpoint. It has nsx, nim.'],
    ["of NSX", { nsx: { pasword: "hidden" } }, 'Provider "no" has no argument nsx.pasword. It has nsx.endpoint, '],
    [
      "as an output, which TypeScript lets through",
      { nsx: pulumi.output({ username: "u" }) },
      'Provider "no": nsx must be an object here, not an output of one; its values may be outputs.',
    ],
    ["of the other system", { nim: { onConflict: "fail" } }, 'Provider "no" has no argument nim.onConflict. '],
  ])("%s", (_, args, message) => {
    const attempt = () => new Provider("no", args as ProviderArgs);
    expect(attempt).toThrow(pulumi.RunError);
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow(/hidden/);
    expect(registered.has("no")).toBe(false);
  });
});

test("a query of one system gets the provider's settings for that one, also while those of the other are unknown", async () => {
  const unknown = pulumi.output(pulumi.unknown) as pulumi.Output<string>;
  const made = new Provider("half", { nsx: { endpoint: "https://nsx.example.com" }, nim: { endpoint: unknown } });
  const known = async (system: string) => {
    const settings = settingsOf(made, system) as unknown as { isKnown: Promise<boolean>; promise(): Promise<unknown> };
    return (await settings.isKnown) ? settings.promise() : "unknown";
  };
  expect(await known("nsx")).toEqual({ "provider:name": "half", "nsx:endpoint": "https://nsx.example.com" });
  expect(await known("nim")).toBe("unknown");
});
