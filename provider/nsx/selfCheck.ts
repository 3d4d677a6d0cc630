// Whether NSX as configured can be used, found out by reading alone.
import { z } from "zod";
import { hasStatus, isKind, LoginError, messageOf } from "../travel/errors.ts";
import { type Finding, type Say, sayOf } from "../travel/finding.ts";
import { parseAnswer } from "../travel/http.ts";
import {
  answered,
  asking,
  type CheckWorld,
  isAnswer,
  listenToClock,
  patience,
  sayCertificate,
  sayClock,
  sayUnreached,
  usableSettings,
} from "../travel/selfCheck.ts";
import { isSetUp } from "../travel/settings.ts";
import type { Request, Transport } from "../travel/transport.ts";
import { differencesFrom } from "./apiDocument.ts";
import { limitsIn, limitsPath } from "./limits.ts";
import { nsxSegment } from "./segment.ts";
import { type NsxSettings, nsx, nsxSettings } from "./settings.ts";
import { nsxNetwork, wayToNsx } from "./way.ts";

/** The release whose guide and schema this provider is made after. */
const oldest = [3, 2] as const;

const versionPath = "/api/v1/node/version";
const documentPaths = ["/api/v1", "/policy/api/v1"].map((root) => `${root}/spec/openapi/nsx_policy_api.json`);

/** The document of 9.1 has 15 million characters. */
const largestDocument = 64 * 1024 * 1024;

/** Seconds for it. */
const patienceForDocument = 120;

/** Roles that only look ("Auditor"). */
const readingRoles = ["auditor"];

const nodeVersion = z.looseObject({ node_version: z.string() });
const userInfo = z.looseObject({ roles: z.array(z.looseObject({ role: z.string() })).min(1) });
const anyObject = z.record(z.string(), z.unknown());

/** Resources whose arguments the manager's document is compared with. */
const compared = [{ resource: nsxSegment, resourceType: "Segment" }];

/** @returns whether anything is said of NSX here */
export async function checkNsx(world: CheckWorld): Promise<boolean> {
  const { config, environment, keepSecret, report } = world;
  if (!isSetUp(nsx, config, environment)) return false;
  const say = sayOf("nsx", report);
  const settings = usableSettings(say, () => nsxSettings(config, environment), keepSecret);
  if (!settings) return true;
  const { managers, login } = settings;
  const who = "username" in login ? `as "${login.username}" (${login.auth})` : `by ${login.auth}`;
  say.ok("settings", `${managers.join(", ")}, ${who}.`);

  let usable = false;
  const found: Finding[] = [];
  for (const manager of managers) {
    const hear = managers.length === 1 ? report : (finding: Finding) => found.push(finding);
    const outcome = await checkManager(world, { ...settings, endpoint: manager, managers: [manager] }, hear, !usable);
    usable ||= outcome === "usable";
    // The managers of a cluster have the same accounts, and a few wrong passwords lock one.
    if (outcome === "refused") break;
  }
  for (const finding of found) {
    const isSpare = usable && finding.part === "connection" && finding.level === "error";
    report(isSpare ? { ...finding, level: "warning" } : finding);
  }
  return true;
}

type Outcome = "usable" | "refused" | "unusable";

/** @param whole - whether what all managers of a cluster have in common is to be looked at, too */
async function checkManager(
  world: CheckWorld,
  settings: NsxSettings,
  report: (finding: Finding) => void,
  whole: boolean,
): Promise<Outcome> {
  const say = sayOf("nsx", report);
  const { clock, keepSecret } = world;
  const { endpoint } = settings;
  const { open, certificate, get } = asking(world, endpoint);
  const { serverTime, ahead } = listenToClock(clock);
  const { http, session } = wayToNsx(settings, clock, serverTime, keepSecret, nsxNetwork(settings, open));

  try {
    const asked = get(versionPath, { hasAlternative: true });
    parseAnswer(asked, (await http(asked)).body, nodeVersion, "NSX");
  } catch (error) {
    // A manager says that nobody has logged in.
    if (!hasStatus(error, 401, 403)) {
      if (isAnswer(error)) sayCertificate(say, "nsx", endpoint, settings, certificate(), clock.now());
      sayUnreached(say, "nsx", error);
      return "unusable";
    }
  }
  say.ok("connection", `${endpoint} answers.`);
  sayCertificate(say, "nsx", endpoint, settings, certificate(), clock.now());

  try {
    const version = await logIn(say, settings, session.send, get);
    if (version === undefined) return "refused";
    if (whole) await sayPermissions(say, session.send, get);
    sayClock(say, "NSX", ahead());
    sayVersion(say, version);
    if (whole) await sayLimits(say, settings, session.send, get);
    if (whole)
      await sayDocument(say, session.send, (path) =>
        get(path, { largestAnswer: largestDocument, limit: patience(clock, patienceForDocument) }),
      );
    return "usable";
  } finally {
    await session.end();
  }
}

type Get = (path: string) => Request;

/** The version, `""` where NSX does not tell it; `undefined` where it lets nobody in. */
async function logIn(say: Say, settings: NsxSettings, send: Transport, get: Get): Promise<string | undefined> {
  const { login, endpoint, credentials } = settings;
  const letIn = () => say.ok("login", `${endpoint} accepts the login (nsx:auth ${login.auth}).`);
  try {
    const asked = get(versionPath);
    const { node_version } = parseAnswer(asked, (await send(asked)).body, nodeVersion, "NSX");
    letIn();
    return node_version;
  } catch (error) {
    if (isAnswer(error) && !hasStatus(error, 401)) {
      letIn();
      return "";
    }
    const isRefused = error instanceof LoginError;
    say.error(
      "login",
      messageOf(error),
      isRefused
        ? `Correct ${credentials}; it was tried once, for a few wrong logins lock an account.`
        : "Look at the manager, and check again.",
    );
    return undefined;
  }
}

async function sayPermissions(say: Say, send: Transport, get: Get): Promise<void> {
  try {
    await send(get("/policy/api/v1/infra/segments?page_size=1"));
    say.ok("permissions", "The account may read segments.");
  } catch (error) {
    const next = isKind(error, "denied")
      ? "Give it a role that may, such as Network Admin; every operation of NsxSegment begins with a look."
      : "Look at the manager, and check again.";
    say.error("permissions", `The account cannot read segments: ${messageOf(error)}`, next);
  }
  try {
    await send(get("/policy/api/v1/infra/sites/default/enforcement-points/default/transport-zones?page_size=1"));
    say.ok("permissions", "The account may read transport zones.");
  } catch (error) {
    // VMware Cloud has its enforcement point by another name.
    if (!hasStatus(error, 404)) {
      say.warning("permissions", `The account cannot read transport zones: ${messageOf(error)}`);
    }
  }
  const info = await answered(send, get("/policy/api/v1/aaa/user-info"), userInfo);
  if (!info) {
    say.ok("permissions", "Whether the account may write, NSX does not say; only a write would tell.");
    return;
  }
  const roles = info.roles.map(({ role }) => role);
  if (roles.every((role) => readingRoles.includes(role))) {
    const next =
      'For anything but "pulumi preview" and "pulumi refresh" give it a role that may, such as Network Admin.';
    say.warning("permissions", `The account may only read: its role is ${roles.join(", ")}.`, next);
  } else say.ok("permissions", `The account's roles are ${roles.join(", ")}.`);
}

function sayVersion(say: Say, version: string): void {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined) {
    say.warning("version", "NSX does not tell its version.");
    return;
  }
  const isOld = Number(major) < oldest[0] || (Number(major) === oldest[0] && Number(minor) < oldest[1]);
  if (!isOld) say.ok("version", `NSX ${version}.`);
  else {
    const wanted = `NSX-T ${oldest.join(".")}`;
    say.warning(
      "version",
      `NSX ${version} is older than ${wanted}, after which this provider is made.`,
      `Use ${wanted} or later.`,
    );
  }
}

/** At VMware Cloud nobody is let near the appliances, and nothing is asked. */
async function sayLimits(say: Say, settings: NsxSettings, send: Transport, get: Get): Promise<void> {
  const { login, stated } = settings;
  const own =
    login.auth === "vmc"
      ? undefined
      : limitsIn(
          await send(get(limitsPath)).then(
            ({ body }) => body,
            () => "",
          ),
          { stated },
        );
  const { requestsPerSecond, concurrency } = own ?? {
    requestsPerSecond: settings.maxRequestsPerSecond,
    concurrency: settings.maxConcurrency,
  };
  const whose = own
    ? "by what this manager says of its limits"
    : "for this manager does not tell this account its own limits";
  const withSetting = (value: number, set: number | undefined, name: string) =>
    set === undefined
      ? `${value}`
      : value < set
        ? `${value} (nsx:${name} would allow ${set})`
        : `${value} (nsx:${name})`;
  const perSecond = withSetting(requestsPerSecond, stated.maxRequestsPerSecond, "maxRequestsPerSecond");
  const atOnce = withSetting(concurrency, stated.maxConcurrency, "maxConcurrency");
  const isAsSet = requestsPerSecond === stated.maxRequestsPerSecond && concurrency === stated.maxConcurrency;
  say.ok("limits", `At most ${perSecond} requests a second are sent, ${atOnce} at once${isAsSet ? "" : `, ${whose}`}.`);
}

async function sayDocument(say: Say, send: Transport, get: Get): Promise<void> {
  let document: Record<string, unknown> | undefined;
  for (const path of documentPaths) document ??= await answered(send, get(path), anyObject);
  for (const { resource, resourceType } of compared) {
    const { name, inputs, location, steering } = resource.definition;
    const differences = document && differencesFrom(document, resourceType, inputs, [...location, ...steering]);
    if (!differences) {
      const why = document ? `its API document has no ${resourceType} in it` : "it gives no API document";
      say.warning("schema", `The arguments of ${name} cannot be compared with what this manager takes: ${why}.`);
    } else if (differences.length === 0) {
      say.ok("schema", `This manager's API document knows every argument of ${name}, with no narrower limit.`);
    }
    for (const { argument, what } of differences ?? []) {
      say.warning(
        "schema",
        `${name}: ${argument} ${what}.`,
        "Programs that keep to that are taken; what goes beyond fails with the write.",
      );
    }
  }
}
