// Pulumi takes the mark off secrets before a dynamic provider sees them, so the SDK tells it which arguments had one.
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, test } from "vitest";
import { parsePath } from "../../provider/core/propertyPath.ts";
import { Certificate, NginxConfig, NsxSegment } from "../../sdk/index.ts";

const registered = new Map<string, Record<string, unknown>>();

beforeAll(async () => {
  const newResource = ({ name, inputs }: pulumi.runtime.MockResourceArgs) => {
    registered.set(name, inputs);
    return { id: name, state: inputs };
  };
  await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "shop", "dev");
});

async function registration(resource: pulumi.CustomResource): Promise<Record<string, unknown>> {
  const id = await new Promise<string>((resolve) => resource.id.apply(resolve));
  return registered.get(id) ?? {};
}

const file = '/etc/nginx/"a"\\b.conf';

test.each<[string, object, string[]]>([
  ["an argument", { description: pulumi.secret("S") }, ["description"]],
  ["a part of one", { advancedConfig: { hybrid: pulumi.secret(true), multicast: true } }, ['advancedConfig["hybrid"]']],
  ["a part of a list, which is one", { tags: [{ scope: "a", tag: pulumi.secret("S") }] }, ["tags"]],
  ["a promise of one", { description: Promise.resolve(pulumi.secret("S")) }, ["description"]],
  [
    "one inside of an output",
    { advancedConfig: pulumi.output(1).apply(() => ({ hybrid: pulumi.secret(true) })) },
    ['advancedConfig["hybrid"]'],
  ],
  ["what was made of one", { description: pulumi.interpolate`a ${pulumi.secret("S")}` }, ["description"]],
])("%s", async (name, args, paths) => {
  expect((await registration(new NsxSegment(name, args))).secretInputs).toEqual(paths);
});

test("a file, by a path that leads to it", async () => {
  const files = { [file]: pulumi.secret("S"), "/etc/nginx/nginx.conf": "" };
  const { secretInputs } = await registration(new NginxConfig("file", { files }));
  expect((secretInputs as string[]).map(parsePath)).toEqual([["files", file]]);
});

test.each<[string, () => pulumi.CustomResource]>([
  ["plain", () => new NsxSegment("plain", { description: "a", tags: [{ scope: "a" }] })],
  [
    "outputs",
    () => new NsxSegment("outputs", { description: pulumi.output("a"), tags: [Promise.resolve({ scope: "a" })] }),
  ],
  [
    "key",
    () => new Certificate("key", { certificate: "a", privateKey: pulumi.secret("k"), password: pulumi.secret("p") }),
  ],
])("nothing is passed, and so the state holds nothing, where the program marks none (%s)", async (_, make) => {
  expect(await registration(make())).not.toHaveProperty("secretInputs");
});

test("nothing is passed for what is only looked up", async () => {
  expect(await registration(NsxSegment.get("looked", "id"))).not.toHaveProperty("secretInputs");
});
