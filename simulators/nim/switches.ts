import { limitSwitches, type Switches } from "../kit/index.ts";
import { defaultConfigDirs } from "./agent/readBack.ts";
import { refusalSwitches } from "./refusals.ts";

/** What NIM's public material leaves open, or what releases do differently: docs/nim.md says where each comes from. */
export const nimSwitches = {
  ...limitSwitches,
  ...refusalSwitches,
  gatewayRate: { default: 0, help: "requests a second from one address, burst 20, before the gateway's 429; 0 is off" },
  bodyTooLargeStatus: { default: 413, values: [413, 403], help: "status for a body over 50 MB" },
  maxMessageBytes: { default: 8_388_608, help: "what a message to an agent may have, zipped" },
  apiVersion: {
    default: "v1",
    help: "the one version that the API has, such as v2: a part of every path and reference",
  },
  oidc: { default: false, help: "log in with OIDC: Basic is refused for everybody" },
  oidcUnauthorized: { default: 302, values: [302, 401], help: "answer to a call that is not logged in, under OIDC" },
  proxyPath: {
    default: "",
    help: "path below which a reverse proxy has NIM, such as /nim; NIM's own links do not know it",
  },
  tokenSeconds: { default: 3600, help: "lifetime of a token in seconds" },
  unknownFields: { default: "refuse", values: ["refuse", "ignore"], help: "fields that the schema does not have" },
  countOf: {
    default: "all",
    values: ["all", "page", "none"],
    help: "what count means in a list with several pages; none: lists have no count",
  },
  pageTokenSeconds: { default: 0, help: "how long a pageToken is good for; 0: it never ends" },
  nginxInstances: {
    default: "whole",
    values: ["whole", "short"],
    help: "what a system says of its instances: all that there is, or without state and group",
  },
  featureForm: {
    default: "id and name",
    values: ["id and name", "name and displayName", "texts"],
    help: "the form of a feature",
  },
  userInfo: {
    default: "user",
    values: ["user", "flat"],
    help: "what GET /userinfo answers: a user as GET /users has it, or its fields without levels",
  },
  catalogKey: { default: "items", values: ["items", "kind"], help: "where a catalog has its list" },
  managedServers: {
    default: "unknown",
    values: ["unknown", "links", "addresses"],
    help: "how a scanned server that NIM manages is told: not at all, by its links, by the address that its system shows",
  },
  limitParameter: {
    default: "ignore",
    values: ["ignore", "pageSize"],
    help: "effect of ?limit=, which is not documented",
  },
  configDirs: { default: defaultConfigDirs, help: "folders that agents may read and write, as in config_dirs" },
  conflictStatus: { default: 409, values: [409, 400], help: "status for an older updateTime" },
  activeUpdateTime: {
    default: "server",
    values: ["server", "payload"],
    help: "time of the active config after a publish: when the agent reported it, or as the payload said",
  },
  validateConfig: {
    default: "check",
    values: ["check", "ignore"],
    help: "validateConfig: true refuses a wrong config before it is published, or does nothing",
  },
  deploymentMilliseconds: { default: 0, help: "how long a deployment takes at least" },
  pendingStatus: { default: "pending", help: "status of a deployment under way" },
  doneStatus: {
    default: "outcome",
    values: ["outcome", "finalized"],
    help: "status of a deployment that has ended: successful or failed, or always finalized (NIM 2.1)",
  },
  versionsKept: { default: 0, help: "versions of a config that are kept; 0 keeps all" },
  instanceGroupName: {
    default: "unique",
    values: ["unique", "any"],
    help: "whether two instance groups may have one name",
  },
  analysis: {
    default: "crossplane",
    values: ["crossplane", "report", "none"],
    help: "what POST /analysis answers: errors as crossplane has them, a report as NGINX One Console has it, or 404",
  },
  stagedUid: {
    default: "top",
    values: ["top", "summary", "nowhere"],
    help: "where the answer to an upload of a staged config has its uid: also at the top, or in the summary only",
  },
  stagedDeleteStatus: {
    default: 204,
    values: [204, 200, 202, 405],
    help: "status of DELETE of a staged config; with 405 NIM has no such operation",
  },
  instanceGroupDisplayName: {
    default: "name",
    values: ["name", "empty"],
    help: "what an instance group without a display name is called: as its name, or not at all",
  },
  usedInstanceGroupDelete: {
    default: "allow",
    values: ["allow", "refuse"],
    help: "DELETE of an instance group with members: they are in none, or it is refused",
  },
  groupDefinition: {
    default: "groupDef",
    values: ["groupDef", "userGroupDef"],
    help: "what the part of a user group's body with its roles is called",
  },
  groupUpdate: {
    default: "both",
    values: ["both", "PATCH", "PUT"],
    help: "how a user group is changed",
  },
  patchMerges: {
    default: "fields",
    values: ["fields", "parts"],
    help: "PATCH of a user or group: field by field, or metadata and definition each as a whole",
  },
  missingRefStatus: {
    default: 400,
    values: [400, 404, 409],
    help: "status for a user or group that refers to a role or group that does not exist",
  },
  certCreateStatus: { default: 201, values: [201, 200], help: "status of POST /certs" },
  certFolder: { default: "/etc/nginx/ssl", help: "where a managed certificate without a path of its own lands" },
  certWithoutRefs: {
    default: "clear",
    values: ["clear", "keep"],
    help: "PUT of a certificate without instanceRefs: its assignments go, or stay",
  },
  usedCertDelete: { default: "refuse", values: ["refuse", "allow"], help: "DELETE of a certificate in use" },
  duplicateSerial: { default: "refuse", values: ["refuse", "allow"], help: "two certificates with one serial number" },
  unknownFeature: {
    default: "refuse",
    values: ["refuse", "accept"],
    help: "features that GET /features does not list",
  },
  publishNeeds: {
    default: "UPDATE",
    values: ["UPDATE", "CREATE"],
    help: "access that publishing a config needs to the feature of its target",
  },
  roleAssociations: {
    default: "roleDef",
    values: ["roleDef", "top", "none"],
    help: "where a role says which users and groups have it",
  },
} as const;

export type NimSwitches = Switches<typeof nimSwitches>;

/** What a real gateway is set to; a command-line simulator starts with these. */
export const nimRealLimits = { gatewayRate: 20 };
