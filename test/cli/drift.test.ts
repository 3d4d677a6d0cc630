import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { NsxSegmentInputs } from "../../provider/nsx/segmentTypes.ts";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { changeByHand, fieldCases, neighbours, writableFields } from "../nsx/segmentFields.ts";
import type { Workspace } from "../tools/pulumi.ts";
import { driftCheck, nsxStack, program, segment } from "./stack.ts";

const idOf = (field: string) => field.replace(/[^A-Za-z0-9]+/g, "-");
const pathOf = (field: string) => `/infra/segments/${idOf(field)}`;
const cases = Object.entries(fieldCases);
/** NSX lets nobody change the others of an object that exists. */
const changing = cases.filter(([field]) => !["overlayId", "advancedConfig.hybrid"].includes(field));

/** What a program declares that leaves one field of a nested object to others, and declares its siblings. */
function withoutField(field: string, { declared, changed }: (typeof cases)[number][1]): NsxSegmentInputs {
  if (field.startsWith("advancedConfig.")) {
    const sibling = field.endsWith(".localEgress") ? { interRouter: false } : { localEgress: false };
    return { advancedConfig: sibling };
  }
  if (field.startsWith("subnets[].dhcp")) {
    const [{ gatewayAddress = "" } = {}] = declared.subnets ?? [];
    return { subnets: [{ gatewayAddress }] };
  }
  // A segment is of one kind or the other, and in one zone.
  return changed.transportZonePath ? { transportZonePath: changed.transportZonePath } : {};
}

test("every writable field of the schema has its row", () => {
  expect(Object.keys(fieldCases).sort()).toEqual(writableFields().sort());
});

describe("drift of each field", { timeout: 600_000 }, () => {
  let nsx: NsxSimulator;
  let stack: Workspace;

  beforeAll(async () => {
    nsx = await startNsxSimulator();
    for (const [path, body] of Object.entries(neighbours)) nsx.control.change(path, body);
    const declaring = cases.map(([field, { declared }]) => segment(field, { segmentId: idOf(field), ...declared }));
    stack = await nsxStack(nsx, { program: program(...declaring) });
    await stack.up();
  }, 120_000);
  afterAll(async () => {
    await stack?.remove();
    await nsx?.close();
  });

  test("no field drifts by itself, whatever NSX fills in", async () => {
    await driftCheck(stack, 0);
  });

  test("a colleague's change of any one field is drift, and shown under the field's name", async () => {
    for (const [field, { changed }] of changing) changeByHand(nsx, pathOf(field), changed);
    const shown = await driftCheck(stack, 7);
    expect(shown).toContain(`~ ${changing.length} to update`);
    // One block for each segment, from its id to the next one's.
    const blocks = shown.split(/\n {4}[~+-]+ ?pulumi-nodejs:dynamic/);
    expect(blocks).toHaveLength(changing.length + 1);
    const unnamed = changing.filter(([field]) => {
      const block = blocks.find((text) => text.includes(`[id=${pathOf(field)}]`)) ?? "";
      const names = field.split(/[.[\]]+/).filter(Boolean);
      return !names.every((name) => new RegExp(`[~+-] +${name} *:`).test(block));
    });
    expect(
      unnamed.map(([field]) => field),
      shown,
    ).toEqual([]);
  });
});

test("a change in a field that nobody declared is no drift", { timeout: 600_000 }, async () => {
  const nsx = await startNsxSimulator();
  for (const [path, body] of Object.entries(neighbours)) nsx.control.change(path, body);
  const bare = cases.map((row) => segment(row[0], { segmentId: idOf(row[0]), ...withoutField(...row) }));
  await using stack = await nsxStack(nsx, { program: program(...bare) });
  try {
    await stack.up();
    for (const [field, { declared, changed }] of changing) {
      if (field === "transportZonePath" || field === "subnets[].gatewayAddress") continue;
      changeByHand(nsx, pathOf(field), declared);
      changeByHand(nsx, pathOf(field), changed);
      expect(nsx.control.object(pathOf(field))).toMatchObject({ _revision: 2, _last_modified_user: "alice" });
    }
    await driftCheck(stack, 0);
  } finally {
    await nsx.close();
  }
});
