import { describe } from "vitest";
import { type NimSwitches, nimSwitches } from "../../simulators/nim/index.ts";
import { describeLifecycle } from "../tools/lifecycleSuite.ts";
import { otherPositions, wordings } from "../tools/switchPositions.ts";
import { startConfigBench } from "./nginxConfig.bench.ts";

const traits = { carriesMark: false, isMade: false, hasOptionalFields: false };

/** Switches about certificates and roles say nothing about configs. */
const aboutConfigs =
  /^(unknownFields|conflictStatus|activeUpdateTime|validateConfig|doneStatus|clientConcurrencyStatus)$/;

describe.each(["instance", "group"] as const)("on one %s", (target) => {
  describeLifecycle({ type: "NginxConfig", traits, start: () => startConfigBench(target) });

  describe.each(otherPositions(nimSwitches).filter(({ name }) => aboutConfigs.test(name)))(
    "NIM with $name = $value",
    ({ name, value }) => {
      const switches = { [name]: value } as Partial<NimSwitches>;
      describeLifecycle({ type: "NginxConfig", traits, start: () => startConfigBench(target, { switches }) });
    },
  );

  describe.each(wordings(nimSwitches))("NIM with $name", ({ switches }) => {
    describeLifecycle({ type: "NginxConfig", traits, start: () => startConfigBench(target, { switches }) });
  });
});
