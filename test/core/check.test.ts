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

// `[process.env.UNSET]`: an element that goes would widen a permission or take somebody's roles away.
test.each<[string, object, string]>([
  ["User", { name: "ann", roles: ["ops", null] }, "roles[1]"],
  ["Role", { name: "ops", permissions: [null] }, "permissions[0]"],
  [
    "Role",
    { name: "ops", permissions: [{ feature: "CERTS", accessTypes: ["READ"], objects: [null] }] },
    "permissions[0].objects[0]",
  ],
  ["NsxSegment", { subnets: [null] }, "subnets[0]"],
  ["NsxSegment", { tags: [{ tag: "a" }, null] }, "tags[1]"],
  ["SystemTags", { systemUid: "uid", tags: ["a", null] }, "tags[1]"],
])("%s %j: a list has no element that is not given", async (type, args, path) => {
  expect(await reasons(type, args)).toEqual([`${path}: is null; leave the element out if that is meant`]);
});

test("an empty list of objects is refused, since NIM takes it for all of them", async () => {
  const permissions = [{ feature: "CERTS", accessTypes: ["READ"], objects: [] }];
  expect(await reasons("Role", { name: "ops", permissions })).toEqual([
    "permissions[0].objects: would not limit the permission at all; name an object, or leave it out where all are meant",
  ]);
});

test.each(["Role", "User", "Group", "InstanceGroup"])("%s: what is shown in one line is one line", async (type) => {
  for (const displayName of ["a\u0000b", "a\u001b[2J", "a\nb", "a\u0085b"]) {
    expect(await reasons(type, { name: "it", displayName })).toEqual(["displayName: must have no control characters"]);
  }
  expect(await reasons(type, { name: "it", displayName: "Ünïcode 日本 🚀", description: "two\nlines" })).toEqual([]);
});

test("what is there and wrong is told as what it is", async () => {
  expect(await reasons("Role", { name: "ops", permissions: 5 })).toEqual([expect.stringContaining("expected array")]);
  expect(await reasons("NginxConfig", { files: { "/etc/nginx/nginx.conf": "" } })).toEqual([
    "instance: or instanceGroup must be given, and not both",
  ]);
});
