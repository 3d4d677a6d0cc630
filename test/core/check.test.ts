// What is left out and must be there, in the words that users see.
import { expect, test } from "vitest";
import { createTestWorld } from "../tools/world.ts";

const { providers } = createTestWorld(() => Promise.reject(new Error("nothing is asked")), {
  environment: { NSX_ENDPOINT: "https://nsx.invalid", NIM_ENDPOINT: "https://nim.invalid" },
});

async function reasons(type: string, args: object): Promise<string[]> {
  const owner = `acme/urn:pulumi:dev::shop::x:${type}::it`;
  const { failures } = (await providers.byName[type]?.check({}, { owner, ...args })) ?? {};
  return (failures ?? []).map(({ reason }) => reason);
}

test.each<[string, object, string[]]>([
  ["NginxConfig", { instanceGroup: "web" }, ["files: is required, or stagedConfig"]],
  ["NginxConfig", { instanceGroup: "web", files: null }, ["files: is required, or stagedConfig"]],
  [
    "NginxConfig",
    { instance: { systemUid: "web-1" }, files: { "/etc/nginx/nginx.conf": "events {}\n" } },
    ["instance.instanceUid: is required"],
  ],
  ["Certificate", {}, ["certificate: is required", "privateKey: is required"]],
  ["Role", { name: "ops", permissions: [{ feature: "CERTS" }] }, ["permissions[0].accessTypes: is required"]],
  [
    "NsxSegment",
    { advancedConfig: { localEgressRoutingPolicies: [{ nexthopAddress: "192.0.2.1" }] } },
    ["advancedConfig.localEgressRoutingPolicies[0].prefixListPaths: is required"],
  ],
])("%s %j", async (type, args, expected) => {
  expect(await reasons(type, args)).toEqual(expected);
});

test("what is there and wrong is told as what it is", async () => {
  expect(await reasons("Role", { name: "ops", permissions: 5 })).toEqual([expect.stringContaining("expected array")]);
  expect(await reasons("NginxConfig", { files: { "/etc/nginx/nginx.conf": "" } })).toEqual([
    "instance: or instanceGroup must be given, and not both",
  ]);
});
