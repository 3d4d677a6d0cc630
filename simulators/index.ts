/** `pulumi-nginx-nsx/simulators`: NSX and NGINX Instance Manager in a test's own process. README.md beside says how. */
import "../start/expectNode.cts";

export type { NimControl, NimSimulator, NimSimulatorOptions, NimSwitches } from "./nim/index.ts";
export { startNimSimulator } from "./nim/index.ts";
export type { NsxControl, NsxSimulator, NsxSimulatorOptions, NsxSwitches } from "./nsx/index.ts";
export { startNsxSimulator } from "./nsx/index.ts";
