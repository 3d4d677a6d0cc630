// What NIM is never sent: paths that lead elsewhere, and text that is none.
import { describe, expect, test } from "vitest";
import { fileMap } from "../../provider/nim/configFiles.ts";
import { instanceReference, instanceToRef, pathPart, uid } from "../../provider/nim/instance.ts";
import { roleInputs } from "../../provider/nim/role.ts";

interface Result {
  readonly error?: { readonly issues: readonly { readonly path: PropertyKey[]; readonly message: string }[] };
}

const issuesOf = ({ error }: Result) => (error?.issues ?? []).map(({ path, message }) => [path.join("."), message]);

describe("a file's path", () => {
  test.each([
    "/nginx.conf",
    "/etc/nginx/nginx.conf",
    "/etc/nginx/.htpasswd",
    "/etc/nginx/..data/a",
    "/etc/nginx/a..b",
    "/etc/nginx/sites enabled/büro.conf",
    `/${"x".repeat(4_095)}`,
  ])("%j", (name) => {
    expect(fileMap.safeParse({ [name]: "" }).success).toBe(true);
  });

  test.each<[string, RegExp]>([
    ["etc/nginx.conf", /absolute/],
    ["", /absolute/],
    ["/", /empty parts/],
    ["//etc/nginx.conf", /empty parts/],
    ["/etc//nginx.conf", /empty parts/],
    ["/etc/nginx/", /empty parts/],
    ["/../etc/nginx.conf", /\. or \.\./],
    ["/./nginx.conf", /\. or \.\./],
    ["/..", /\. or \.\./],
    ["/.", /\. or \.\./],
    ["/etc/nginx/..", /\. or \.\./],
    ["/etc/nginx/../passwd", /\. or \.\./],
    ["/etc/nginx/./nginx.conf", /\. or \.\./],
    ["/etc/nginx\n.conf", /control characters/],
    ["/etc/nginx\0.conf", /control characters/],
    ["/etc/nginx\r.conf", /control characters/],
    ["/etc/nginx\x7f.conf", /control characters/],
    ["/etc/\ud800", /surrogate/],
    [`/${"x".repeat(4_096)}`, /4096/],
  ])("not %j", (name, reason) => {
    const issues = fileMap.safeParse({ [name]: "" }).error?.issues ?? [];
    const messages = issues.flatMap((issue) => ("issues" in issue ? issue.issues.map(({ message }) => message) : []));
    expect(messages.join("\n")).toMatch(reason);
  });
});

describe("a file's content", () => {
  test("has at most 2,359,296 bytes", () => {
    expect(fileMap.safeParse({ "/a": "x".repeat(2_359_296) }).success).toBe(true);
    expect(issuesOf(fileMap.safeParse({ "/a": "x".repeat(2_359_297) }))).toEqual([
      ["/a", "is too long: NIM takes 2,359,296 bytes in one file"],
    ]);
  });

  test("is text", () => {
    expect(fileMap.safeParse({ "/a": "büro 😀\0\n" }).success).toBe(true);
    expect(issuesOf(fileMap.safeParse({ "/a": "x\ud800" }))).toEqual([["/a", expect.stringMatching(/surrogate/)]]);
  });
});

describe("a uid", () => {
  test.each(["7f2c", "a.b", "...", "büro"])("%j", (text) => expect(uid.safeParse(text).success).toBe(true));

  const wrong = ["", ".", "..", "a/b", "../b", "a\\b", "..\\b", "%2e%2e", "a?b", "a#b", "a b", "a\0b", "a\n", "\ud800"];
  test.each(wrong)("not %j", (text) => {
    expect(uid.safeParse(text).success).toBe(false);
    expect(instanceReference.safeParse({ systemUid: text, instanceUid: "a" }).success).toBe(false);
    expect(instanceReference.safeParse({ systemUid: "a", instanceUid: text }).success).toBe(false);
  });

  test("a reference is a key for whatever a preview has in its place", () => {
    const keyOf = instanceToRef("/api") as (element: unknown) => string;
    expect(keyOf({ systemUid: "a", instanceUid: "b" })).toBe("/api/systems/a/instances/b");
    for (const element of [undefined, null, "", 7, {}, []]) expect(typeof keyOf(element)).toBe("string");
  });
});

describe("a name", () => {
  test.each([".", ".."])("is not %j", (name) => {
    expect(issuesOf(pathPart.safeParse(name))).toEqual([["", "must be neither . nor .."]]);
    expect(issuesOf(roleInputs.safeParse({ name }))).toEqual([["name", "must be neither . nor .."]]);
  });

  test.each(["...", "a.b", ".a", "a/b", "x".repeat(255)])("is %j", (name) => {
    expect(roleInputs.safeParse({ name }).success).toBe(true);
  });

  test.each(["", "x".repeat(256), "admin", "\ud800"])("of a role is not %j", (name) => {
    expect(roleInputs.safeParse({ name }).success).toBe(false);
  });
});

describe("a role", () => {
  const systems = (...values: string[]) => ({ resource: "Systems", values });
  const permission = (feature: string, ...objects: object[]) => ({
    feature,
    accessTypes: ["READ"],
    ...(objects.length > 0 && { objects }),
  });

  test("has each feature once, and in it each kind of object once", () => {
    const certs = { resource: "Certs", values: ["All"] };
    expect(
      issuesOf(roleInputs.safeParse({ permissions: [permission("A", systems("a"), certs), permission("B", certs)] })),
    ).toEqual([]);
    const twice = permission("A", systems("a"), certs, systems("b"));
    expect(issuesOf(roleInputs.safeParse({ permissions: [permission("B"), twice] }))).toEqual([
      ["permissions.1.objects.2.resource", "is there twice; name all its objects in one"],
    ]);
    expect(
      issuesOf(roleInputs.safeParse({ permissions: [permission("A"), permission("B"), permission("A")] })),
    ).toEqual([["permissions.2.feature", "is there twice; give it one permission"]]);
  });

  test.each<[string, object]>([
    ["displayName", { displayName: "\ud800" }],
    ["description", { description: "\ud800" }],
    ["tags.0", { tags: ["\ud800"] }],
    ["permissions.0.feature", { permissions: [permission("\ud800")] }],
    ["permissions.0.objects.0.values.0", { permissions: [permission("A", systems("\ud800"))] }],
    ["permissions.0.objects.0.resource", { permissions: [permission("A", { resource: "\ud800", values: ["a"] })] }],
  ])("has text in %s", (path, args) => {
    expect(issuesOf(roleInputs.safeParse(args))).toEqual([[path, expect.stringMatching(/surrogate/)]]);
  });
});
