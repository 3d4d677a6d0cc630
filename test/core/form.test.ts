import { describe, expect, test } from "vitest";
import { z } from "zod";
import { formOf } from "../../provider/core/form.ts";
import { shapeOf } from "../../provider/core/shape.ts";

const form = formOf(
  shapeOf(
    z.object({
      name: z.string().optional(),
      ids: z.array(z.string()).optional(),
      subnets: z.array(z.object({ dhcp: z.object({ servers: z.array(z.string()) }).optional() })).optional(),
      files: z.record(z.string(), z.string()).optional(),
    }),
  ),
);

describe("the form of a server's value", () => {
  test.each<[string, object]>([
    ["nothing at all", {}],
    ["null for each field", { name: null, ids: null, subnets: [{ dhcp: null }], files: null }],
    ["another single value", { name: 5, ids: [true, 10n ** 20n] }],
    ["fields that nobody here knows, of any form", { more: [null], subnets: [{ more: {} }] }],
    ["empty lists and objects", { ids: [], subnets: [{}], files: {} }],
  ])("may be %s, and stays as it is", (_, value) => {
    expect(form.parse(value)).toEqual(value);
  });

  test.each<[string, unknown, PropertyKey[]]>([
    ["null in place of an element", { subnets: [{}, null] }, ["subnets", 1]],
    [
      "null in place of a value in a list",
      { subnets: [{ dhcp: { servers: [null] } }] },
      ["subnets", 0, "dhcp", "servers", 0],
    ],
    ["a text for a list", { ids: "a" }, ["ids"]],
    ["an object for a list", { subnets: {} }, ["subnets"]],
    ["a list for an object", { subnets: [{ dhcp: [] }] }, ["subnets", 0, "dhcp"]],
    ["a list for an element", { subnets: [[]] }, ["subnets", 0]],
    ["an object for a value", { name: {} }, ["name"]],
    ["a list for a map", { files: [] }, ["files"]],
    ["null for all of it", null, []],
  ])("is not %s, and its place is told", (_, value, path) => {
    expect(form.safeParse(value).error?.issues.map((issue) => issue.path)).toEqual([path]);
  });
});
