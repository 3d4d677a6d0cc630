/** What a simulator is built from. */
export { createCertificate, type ServerCertificate } from "./certificate.ts";
export { type Clock, createClock } from "./clock.ts";
export { describeOperations, type Operation, type Operations, operation } from "./control.ts";
export type { Fault, FaultRule, Faults } from "./faults.ts";
export type { History, Version, WritableHistory } from "./history.ts";
export { limitSwitches, type Refusal, realLimits } from "./limits.ts";
export { type Listening, listen } from "./listen.ts";
export { matches, type Pattern } from "./matcher.ts";
export { createRandom, type Random } from "./random.ts";
export { isRawNumber, numberOf, parseExactly, type RawNumber, textOf } from "./rawNumber.ts";
export type { LoggedRequest, RequestLog } from "./requestLog.ts";
export {
  createSimulator,
  type Environment,
  type SimulatorOptions,
  type System,
} from "./simulator.ts";
export { type SwitchDefinition, type Switches, type SwitchTable, valueSchema } from "./switches.ts";
export type { Control, Hook } from "./testControl.ts";
export {
  ConnectionReset,
  empty,
  json,
  request,
  type SimHandler,
  type SimRequest,
  type SimResponse,
} from "./types.ts";
