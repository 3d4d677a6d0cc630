// Resources are let go a few at a time, so that the engine has something to do while a program makes the rest.
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, test } from "vitest";
import { NsxSegment } from "../sdk/index.ts";

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
