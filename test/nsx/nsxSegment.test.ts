import { describe } from "vitest";
import { type NsxSwitches, nsxSwitches } from "../../simulators/nsx/index.ts";
import { describeLifecycle } from "../tools/lifecycleSuite.ts";
import { otherPositions, wordings } from "../tools/switchPositions.ts";
import { startSegmentBench } from "./nsxSegment.bench.ts";

const traits = { carriesMark: true, isMade: true, hasOptionalFields: true };

describeLifecycle({ type: "NsxSegment", traits, start: startSegmentBench });

// What nobody outside knows of the real NSX must not matter.
const slow = [
  { name: "purgeDelay", value: 20_000 },
  { name: "realizationDelay", value: 5_000 },
];
describe.each([...otherPositions(nsxSwitches), ...slow])("NSX with $name = $value", ({ name, value }) => {
  const switches = { [name]: value } as Partial<NsxSwitches>;
  describeLifecycle({
    type: "NsxSegment",
    traits: { ...traits, isTouchedAtOnce: name === "systemTags" },
    start: () => startSegmentBench({ switches }),
  });
});

const otherWays = nsxSwitches.login.values.filter((way) => way !== "all" && way !== "session");
describe.each(otherWays)("NSX with login = %s", (login) => {
  describeLifecycle({ type: "NsxSegment", traits, start: () => startSegmentBench({ switches: { login } }) });
});

describe.each(wordings(nsxSwitches))("NSX with $name", ({ switches: words }) => {
  const switches = { putWithoutRevision: "exists", ...words } as Partial<NsxSwitches>;
  describeLifecycle({
    type: "NsxSegment",
    traits,
    start: () => startSegmentBench({ switches }),
  });
});
