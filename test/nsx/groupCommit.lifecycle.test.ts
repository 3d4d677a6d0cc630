// The hierarchical strategy keeps every promise of the other one, whatever is not known of real managers.
import { describe } from "vitest";
import { type NsxSwitches, nsxSwitches } from "../../simulators/nsx/index.ts";
import { describeLifecycle } from "../tools/lifecycleSuite.ts";
import { otherPositions, wordings } from "../tools/switchPositions.ts";
import { startSegmentBench } from "./nsxSegment.bench.ts";

const patch = "PATCH /policy/api/v1/infra?enforce_revision_check=true";

async function start(switches: Partial<NsxSwitches> = {}) {
  const bench = await startSegmentBench({ switches });
  return {
    ...bench,
    newProcess: () => bench.newProcess({ NSX_WRITE_STRATEGY: "hierarchical" }),
    writes: { create: patch, update: patch, delete: patch },
  };
}

const traits = { carriesMark: true, isMade: true, hasOptionalFields: true };

describeLifecycle({ type: "NsxSegment", traits, start });

const slow = [
  { name: "purgeDelay", value: 20_000 },
  { name: "realizationDelay", value: 5_000 },
];
describe.each([...otherPositions(nsxSwitches), ...slow])("NSX with $name = $value", ({ name, value }) => {
  const switches = { [name]: value } as Partial<NsxSwitches>;
  describeLifecycle({
    type: "NsxSegment",
    traits: { ...traits, isTouchedAtOnce: name === "systemTags" },
    start: () => start(switches),
  });
});

describe.each(wordings(nsxSwitches))("NSX with $name", ({ switches: words }) => {
  const switches = { putWithoutRevision: "exists", ...words } as Partial<NsxSwitches>;
  describeLifecycle({
    type: "NsxSegment",
    traits,
    start: () => start(switches),
  });
});
