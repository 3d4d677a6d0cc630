// What can be asked of NIM. queryTypes.ts has the types of arguments and results.
import type { Query } from "../core/query.ts";
import { certificates, features, roles, userInfo, users } from "./accessQueries.ts";
import { configAnalysis, networkScan } from "./actionQueries.ts";
import { events, metrics, metricsCatalog, scannedServers } from "./analyticsQueries.ts";
import { instanceConfig, instanceGroups, instances, stagedConfigs, systems } from "./fleetQueries.ts";

export const nimQueries: readonly Query[] = [
  ...systems,
  ...instances,
  ...instanceGroups,
  instanceConfig,
  ...stagedConfigs,
  ...certificates,
  ...roles,
  ...users,
  features,
  userInfo,
  events,
  metrics,
  metricsCatalog,
  scannedServers,
  networkScan,
  configAnalysis,
];
