// What the SDK makes of `get`: every argument is an output, and without an id nothing is made.
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, test } from "vitest";
import { Certificate, NginxConfig, NsxSegment, Role } from "../../sdk/index.ts";

const asked: pulumi.runtime.MockResourceArgs[] = [];

beforeAll(async () => {
  const newResource = (resource: pulumi.runtime.MockResourceArgs) => {
    asked.push(resource);
    return {
      id: resource.id || "made",
      state: { displayName: "as it is there", certificate: "PEM", privateKey: null },
    };
  };
  await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "shop", "dev");
});

const readOf = (output: pulumi.Output<unknown>) => new Promise((resolve) => output.apply(resolve));

test("an argument has the value that the provider has read; what is not there is undefined, and no secret", async () => {
  const web = NsxSegment.get("web", "/infra/segments/web");
  expect(await readOf(web.displayName)).toBe("as it is there");
  const www = Certificate.get("www", "www");
  expect(await readOf(www.certificate)).toBe("PEM");
  expect(await readOf(www.privateKey)).toBeUndefined();
  expect(await pulumi.isSecret(www.privateKey)).toBeFalsy();
});

/** What newer ones of Pulumi's SDK make of the id of what is read, in each preview: an output that is unknown. */
function withUnknownIds<T>(look: () => T): T {
  const { prototype } = pulumi.CustomResource;
  let isPulumis = true;
  const set = function (this: pulumi.CustomResource, id: pulumi.Output<pulumi.ID>) {
    const value = isPulumis ? unknown : id;
    isPulumis = false;
    Object.defineProperty(this, "id", { value, configurable: true, enumerable: true, writable: true });
  };
  Object.defineProperty(prototype, "id", { configurable: true, set });
  try {
    return look();
  } finally {
    Reflect.deleteProperty(prototype, "id");
  }
}

const isKnown = (output: pulumi.Output<unknown>) => (output as unknown as { isKnown: Promise<boolean> }).isKnown;
const unknown = pulumi.output(pulumi.unknown) as pulumi.Output<pulumi.ID>;

test("the id, and so the path, is known as soon as the program's own is, whatever Pulumi makes of it", async () => {
  const web = withUnknownIds(() => NsxSegment.get("known", "/infra/segments/known"));
  expect(await isKnown(web.path)).toBe(true);
  expect(await readOf(web.path)).toBe("/infra/segments/known");
  const later = withUnknownIds(() => NsxSegment.get("later", pulumi.output("/infra/segments/later")));
  expect(await readOf(later.id)).toBe("/infra/segments/later");
  expect(await isKnown(withUnknownIds(() => NsxSegment.get("nobody's", unknown)).id)).toBe(false);
});

test("nothing but the id and the provider's text is said of it, whatever the program says", async () => {
  const odd = new Role("odd", { name: "odd", description: "mine" }, { id: "team" });
  await readOf(odd.id);
  const { id, inputs } = asked.find(({ name }) => name === "odd") ?? {};
  expect(id).toBe("team");
  const said = Object.entries(inputs ?? {}).filter(([, value]) => value !== undefined && value !== null);
  expect(said.map(([key]) => key)).toEqual(["__provider"]);
});

test.each<[string, unknown]>([
  ["an empty text", ""],
  ["nothing", undefined],
  ["null", null],
])("%s instead of an id is refused, because Pulumi would make an object", (_, id) => {
  const before = asked.length;
  for (const type of [NsxSegment, NginxConfig, Certificate, Role]) {
    expect(() => type.get("none", id as string)).toThrow(/"none": the id of the object to look at is missing\./);
  }
  expect(() => new NsxSegment("none", {}, { id: "" })).toThrow(/the id of the object to look at is missing/);
  expect(asked.length).toBe(before);
});
