import { describe, expect, test } from "vitest";
import { connectNim } from "../../provider/nim/client.ts";
import { nimSettings } from "../../provider/nim/settings.ts";
import { type NimSimulator, type NimSwitches, nimSwitches, startNimSimulator } from "../../simulators/nim/index.ts";
import { noLimit } from "../tools/noLimit.ts";
import { issue } from "../tools/pki.ts";
import { otherPositions } from "../tools/switchPositions.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";
import { simulatorTransport } from "../tools/world.ts";

const leaf = await issue("www.example.com");

/** What NIM's public material leaves open about lists, one way or the other. */
const positions: Partial<NimSwitches>[] = [
  {},
  ...otherPositions(nimSwitches)
    .filter(({ name }) => name === "countOf" || name === "limitParameter")
    .map(({ name, value }) => ({ [name]: value })),
];

async function start(switches: Partial<NimSwitches>) {
  const nim = await startNimSimulator({
    port: false,
    nginx: false,
    systems: [],
    switches: { duplicateSerial: "allow", ...switches },
  });
  const clock = createVirtualClock();
  const settings: Record<string, string> = { NIM_USERNAME: nim.username, NIM_PASSWORD: nim.password };
  const config = nimSettings(() => undefined, { NIM_ENDPOINT: "https://nim.invalid", ...settings });
  const toNim = simulatorTransport(nim.handle);
  const client = connectNim(config, clock, () => {}, { toNim, toTokens: toNim }).clientWithin(noLimit);
  return { nim, client };
}

const makers = {
  roles: ({ control }: NimSimulator, name: string) =>
    control.write("roles", name, { metadata: { name }, roleDef: { permissions: [] } }),
  certs: ({ control }: NimSimulator, name: string) =>
    control.write("certs", name, { name, certPEMDetails: { publicCert: leaf.certificate, privateKey: leaf.key } }),
};
const nameOf = (body: Record<string, unknown>) =>
  String(body.name ?? (body.metadata as { name?: string } | undefined)?.name);

describe.each(positions)("a list of NIM, with %o", (switches) => {
  describe.each(["certs", "roles"] as const)("of %s", (collection) => {
    // NIM gives at most 100 a page; 200 and 100 end with a full one.
    test.each([0, 1, 99, 100, 150, 200])("has all of %i", async (count) => {
      const { nim, client } = await start(switches);
      const names = Array.from({ length: count }, (_, index) => `made-${index}`);
      for (const name of names) makers[collection](nim, name);
      const found = (await client.list(`/${collection}`)).map(nameOf).filter((name) => name.startsWith("made-"));
      expect(found.sort()).toEqual(names.sort());
      await nim.close();
    });
  });
});

test("what is added or deleted between two pages neither hides nor doubles anything", async () => {
  const { nim, client } = await start({});
  for (let index = 100; index < 250; index += 1) makers.roles(nim, `made-${index}`);
  const authorization = `Basic ${Buffer.from(`${nim.username}:${nim.password}`).toString("base64")}`;
  const remove = (name: string) =>
    nim.handle({
      method: "DELETE",
      path: `/api/platform/v1/roles/${name}`,
      headers: { authorization },
      body: "",
      remoteAddress: "127.0.0.1",
    });
  nim.control.hook({
    after: async ({ method, path }) => {
      if (method !== "GET" || !path.includes("page=1&")) return;
      makers.roles(nim, "added");
      for (let index = 100; index < 110; index += 1) await remove(`made-${index}`);
    },
  });
  const found = (await client.list("/roles")).map(nameOf).filter((name) => name.startsWith("made-"));
  expect(new Set(found).size).toBe(150);
  expect(found).toHaveLength(150);
  await nim.close();
});
