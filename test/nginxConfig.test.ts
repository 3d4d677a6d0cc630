import { describe } from "vitest";
import { describeLifecycle } from "./lifecycleSuite.ts";
import { startConfigBench } from "./nginxConfig.bench.ts";
import { type NimSwitches, nimSwitches } from "./simulators/nim/index.ts";
import { otherPositions } from "./switchPositions.ts";

const traits = { carriesMark: false, isMade: false, hasOptionalFields: false };

describe.each(["instance", "group"] as const)("on one %s", (target) => {
  describeLifecycle({ type: "NginxConfig", traits, start: () => startConfigBench(target) });

  // With OIDC on, NIM lets nobody in with user and password, however good the client.
  const positions = otherPositions(nimSwitches).filter(({ name }) => name !== "oidc");
  describe.each(positions)("NIM with $name = $value", ({ name, value }) => {
    const switches = { [name]: value } as Partial<NimSwitches>;
    describeLifecycle({ type: "NginxConfig", traits, start: () => startConfigBench(target, { switches }) });
  });
});
