// Pulumi's paths into properties.
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  covers,
  namesOf,
  type PropertyPath,
  parsePath,
  pathText,
  shapeAt,
  valueAt,
  without,
} from "../../provider/core/propertyPath.ts";
import { shapeOf, unordered } from "../../provider/core/shape.ts";

describe("a text is read as the path that Pulumi means by it", () => {
  test.each<[string, PropertyPath]>([
    ["tags", ["tags"]],
    ["advancedConfig.multicast", ["advancedConfig", "multicast"]],
    ["subnets[0].dhcpConfig", ["subnets", 0, "dhcpConfig"]],
    ["subnets[10]", ["subnets", 10]],
    ["subnets[*].dhcpRanges", ["subnets", "*", "dhcpRanges"]],
    ["*", ["*"]],
    ['files["/etc/nginx/nginx.conf"]', ["files", "/etc/nginx/nginx.conf"]],
    ['files["a.b[0]"].c', ["files", "a.b[0]", "c"]],
    ['["files"]["x"]', ["files", "x"]],
    ['files["a \\"quoted\\" \\\\ name"]', ["files", 'a "quoted" \\ name']],
    ['files["0"]', ["files", "0"]],
    ['files[""]', ["files", ""]],
  ])("%s", (text, path) => {
    expect(parsePath(text)).toEqual(path);
  });

  test.each(["", "a..b", "a[", "a[x]", "a[-1]", "a.", 'a["b]', "a]b", "[0"])("and %j is none", (text) => {
    expect(parsePath(text)).toBeUndefined();
  });
});

describe("a path is shown as Pulumi shows it", () => {
  test.each<[PropertyPath, string]>([
    [["tags"], "tags"],
    [["subnets", 0, "gatewayAddress"], "subnets[0].gatewayAddress"],
    [["files", "/etc/nginx/nginx.conf"], 'files["/etc/nginx/nginx.conf"]'],
    [["files", 'a "quoted" name'], 'files["a \\"quoted\\" name"]'],
    [["an odd name", "x"], '["an odd name"].x'],
    [[], ""],
  ])("%j", (path, text) => {
    expect(pathText(path)).toBe(text);
    if (text) expect(parsePath(text)).toEqual(path);
  });
});

describe("what is at a path", () => {
  test("is the value there, and undefined where the way ends", () => {
    const value = { subnets: [{ a: 1 }], text: "x" };
    expect(valueAt(value, ["subnets", 0, "a"])).toBe(1);
    expect(valueAt(value, [])).toBe(value);
    expect(valueAt(value, ["subnets", 1, "a"])).toBeUndefined();
    expect(valueAt(undefined, ["a"])).toBeUndefined();
    expect(valueAt({ a: null }, ["a"])).toBe(null);
  });

  test("has the shape that the schema gives it", () => {
    const shape = shapeOf(
      z.object({ nets: unordered(z.array(z.object({ a: z.record(z.string(), z.string()).optional() }))).optional() }),
    );
    expect(shapeAt(shape, []).kind).toBe("object");
    expect(shapeAt(shape, ["nets"]).kind).toBe("list");
    expect(shapeAt(shape, ["nets", 3]).kind).toBe("object");
    expect(shapeAt(shape, ["nets", 3, "a"]).kind).toBe("map");
    expect(shapeAt(shape, ["nets", 3, "a", "x", "y"])).toEqual({ kind: "value" });
    expect(shapeAt(shape, ["unknown"])).toEqual({ kind: "value" });
  });

  test("a path of names only is its names", () => {
    expect(namesOf("advancedConfig.hybrid")).toEqual(["advancedConfig", "hybrid"]);
  });
});

describe("a path covers", () => {
  test("its own place and all that is below it", () => {
    expect(covers([["a"]], ["a"])).toBe(true);
    expect(covers([["a"]], ["a", "b", 0])).toBe(true);
  });

  test("no place above it, and none beside it", () => {
    expect(covers([["a", "b"]], ["a"])).toBe(false);
    expect(covers([["a", "b"]], ["a", "c"])).toBe(false);
    expect(covers([["a"]], ["ab"])).toBe(false);
    expect(covers([["a", 0]], ["a", 1])).toBe(false);
  });

  test("any one part where it has a star", () => {
    expect(covers([["a", "*", "b"]], ["a", 7, "b"])).toBe(true);
    expect(covers([["a", "*", "b"]], ["a", "x", "b", "c"])).toBe(true);
    expect(covers([["a", "*", "b"]], ["a", 7, "c"])).toBe(false);
    expect(covers([["*"]], ["anything"])).toBe(true);
  });

  test("when one of several does", () => {
    expect(covers([["a"], ["b"]], ["b"])).toBe(true);
    expect(covers([], ["b"])).toBe(false);
  });
});

describe("without what lies at a path", () => {
  test("the rest stays, at any depth", () => {
    const value = { a: { b: 1, c: 2 }, d: [{ e: 1, f: 2 }, { e: 3 }] };
    expect(
      without(value, [
        ["a", "b"],
        ["d", "*", "e"],
      ]),
    ).toEqual({ a: { c: 2 }, d: [{ f: 2 }, {}] });
    expect(value).toEqual({ a: { b: 1, c: 2 }, d: [{ e: 1, f: 2 }, { e: 3 }] });
  });

  test("an element goes as a whole", () => {
    expect(without({ d: ["x", "y", "z"] }, [["d", 1]])).toEqual({ d: ["x", "z"] });
  });

  test("nothing changes where there is no path, or nothing at it", () => {
    const value = { a: 1 };
    expect(without(value, [])).toBe(value);
    expect(without(value, [["b", "c"]])).toEqual({ a: 1 });
    expect(without("text", [["a"]])).toBe("text");
  });
});
