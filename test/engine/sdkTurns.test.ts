// Resources are let go a few at a time, so that the engine has something to do while a program makes the rest.
import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, test } from "vitest";
import { NsxSegment } from "../../sdk/index.ts";

const registered: { name: string; owner: string }[] = [];

beforeAll(async () => {
  const newResource = ({ name, inputs }: pulumi.runtime.MockResourceArgs) => {
    registered.push({ name, owner: inputs.owner });
    return { id: name, state: inputs };
  };
  await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "shop", "dev");
});

test("the first ones are registered long before the last one, in the program's order", async () => {
  const names = Array.from({ length: 200 }, (_, number) => `s${number}`);
  const seen: number[] = [];
  for (const name of names) new NsxSegment(name, {});
  while (registered.length < names.length) {
    await new Promise(setImmediate);
    seen.push(registered.length);
  }
  expect(seen.find((count) => count > 0)).toBeLessThan(names.length / 2);
  expect(registered.map(({ name }) => name)).toEqual(names);
});

test("a resource without a parent has the owner that Pulumi's own function gives it", async () => {
  const type = NsxSegment.__pulumiType;
  const urn = await new Promise((resolve) => pulumi.createUrn("s7", type).apply(resolve));
  expect(registered[7]?.owner).toBe(`organization/${urn}`);
});

test("programs in one process (Automation API) keep to their own organization", async () => {
  // Pulumi keeps the settings of each inline program in a store of its own.
  const { withLocalStorage } = createRequire(import.meta.url)("@pulumi/pulumi/runtime/state");
  const owners: Record<string, string> = {};
  const programs = ["acme", "globex"].map((organization) =>
    withLocalStorage(async () => {
      const newResource = ({ inputs }: pulumi.runtime.MockResourceArgs) => {
        owners[organization] = inputs.owner;
        return { id: "id", state: inputs };
      };
      await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "shop", "dev", false, organization);
      const { id } = new NsxSegment("web", {});
      await new Promise((resolve) => id.apply(resolve));
    }),
  );
  await Promise.all(programs);
  const urn = `urn:pulumi:dev::shop::${NsxSegment.__pulumiType}::web`;
  expect(owners).toEqual({ acme: `acme/${urn}`, globex: `globex/${urn}` });
});
