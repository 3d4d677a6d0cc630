// Two systems of one kind in a stack: whoever is refused has to know which of them, and where its own login is given. Each
// way in, as an explicit provider "dc2" has it from its arguments.
import { describe, expect, test } from "vitest";
import { createProviders } from "../../provider/pulumi/providers.ts";
import type { Answer } from "../../provider/travel/transport.ts";
import { type Issued, issue } from "../tools/pki.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";

const owner = "acme/urn:pulumi:dev::shop::x::web";
const { certificate, key }: Issued = await issue("principal");
const answer = (status: number, body: unknown, headers: Answer["headers"] = {}): Answer => ({
  status,
  headers,
  body: JSON.stringify(body),
});

/** What somebody is told whose login is refused, wherever it is shown. */
async function refusal(type: "NsxSegment" | "Role", args: Record<string, string>, nimAnswer: Answer): Promise<string> {
  const { byName } = createProviders({
    environment: { NSX_USERNAME: "of-the-stack", NSX_PASSWORD: "kan4rie-gelb" },
    clock: createVirtualClock(),
    log: { warn: () => {}, progress: () => {} },
    transport: async ({ path, headers }) => {
      if (/csp|idp/.test(path)) {
        const isRight = String(headers?.authorization ?? "").length > 0 && args.gives === "a token";
        return isRight ? answer(200, { access_token: "t" }) : answer(400, { error: "invalid_client" });
      }
      return type === "Role" ? nimAnswer : answer(401, { error_code: 401, error_message: "no" });
    },
  });
  const config = { "provider:name": "dc2", "nsx:endpoint": "https://nsx", "nim:endpoint": "https://nim", ...args };
  const provider = byName[type];
  await provider?.configure({ config: { get: (key) => (config as Record<string, string>)[key] } });
  const inputs = type === "Role" ? { name: "ops", owner } : { segmentId: "web", waitForRealization: false, owner };
  return await (provider?.create?.(inputs) ?? Promise.resolve()).then(
    () => expect.unreachable("it went well"),
    (error: Error) => error.message,
  );
}

const unauthorized = answer(401, {});
const place = (system: string, ...keys: string[]) => {
  const variables = keys.map((k) => `${system}_DC2_${k.replace(/[A-Z]/g, (letter) => `_${letter}`)}`.toUpperCase());
  const own = keys.map((k) => `${system.toLowerCase()}.${k}`);
  return `${variables.join(" and ")}, or ${own.join(" and ")} of the provider "dc2"`;
};

describe("a refused login of an explicit provider names its own places, and nobody else's", () => {
  test.each<[string, Record<string, string>, string[]]>([
    ["session", { "nsx:username": "u", "nsx:password": "p" }, ["username", "password"]],
    ["basic", { "nsx:auth": "basic", "nsx:username": "u", "nsx:password": "p" }, ["username", "password"]],
    ["token", { "nsx:token": "t.t.t" }, ["token"]],
    ["certificate", { "nsx:clientCertificate": certificate, "nsx:clientKey": key }, ["clientCertificate", "clientKey"]],
    ["vmc", { "nsx:vmcRefreshToken": "r" }, ["vmcRefreshToken", "vmcAuthUrl"]],
    [
      "vmc, an app",
      { "nsx:vmcClientId": "i", "nsx:vmcClientSecret": "s" },
      ["vmcClientId", "vmcClientSecret", "vmcAuthUrl"],
    ],
    [
      "vmc, whose token is refused",
      { gives: "a token", "nsx:vmcClientId": "i", "nsx:vmcClientSecret": "s" },
      ["vmcClientId", "vmcClientSecret", "vmcAuthUrl"],
    ],
  ])("of NSX: %s", async (_, args, keys) => {
    const message = await refusal("NsxSegment", args, unauthorized);
    expect(message).toContain(`${place("NSX", ...keys)}.`);
    expect(message).not.toMatch(/NSX_(?!DC2_)|pulumi config/);
  });

  const oidc = { "nim:oidcTokenUrl": "https://idp/idp", "nim:oidcClientId": "i", "nim:oidcClientSecret": "s" };
  const oidcKeys = ["oidcTokenUrl", "oidcClientId", "oidcClientSecret"];
  const isOidc = answer(401, {}, { "nginx-management-suite-auth": "OIDC" });
  test.each<[string, Record<string, string>, string[], Answer]>([
    ["basic", { "nim:username": "u", "nim:password": "p" }, [place("NIM", "username", "password")], unauthorized],
    [
      "basic, where OIDC is on",
      { "nim:username": "u", "nim:password": "p" },
      [`${place("NIM", "token")}, or what gets one as ${place("NIM", ...oidcKeys)}.`],
      isOidc,
    ],
    ["token", { "nim:token": "t.t.t" }, [place("NIM", "token")], isOidc],
    ["oidc", oidc, [`Check ${place("NIM", ...oidcKeys)}.`], isOidc],
    [
      "oidc with a scope",
      { ...oidc, "nim:oidcScope": "all" },
      [`Check ${place("NIM", ...oidcKeys, "oidcScope")}.`],
      isOidc,
    ],
    ["oidc, whose token is refused", { ...oidc, gives: "a token" }, [`Check ${place("NIM", ...oidcKeys)}.`], isOidc],
  ])("of NIM: %s", async (_, args, places, nimAnswer) => {
    const message = await refusal("Role", args, nimAnswer);
    for (const words of places) expect(message).toContain(words);
    expect(message).not.toMatch(/NIM_(?!DC2_)|pulumi config/);
  });
});
