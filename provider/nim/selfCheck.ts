// Whether NGINX Instance Manager as configured can be used, found out by reading alone.
import { z } from "zod";
import { hasStatus, messageOf } from "../travel/errors.ts";
import { type Say, sayOf } from "../travel/finding.ts";
import { parseAnswer } from "../travel/http.ts";
import { readJson } from "../travel/json.ts";
import {
  answered,
  asking,
  type CheckWorld,
  isAnswer,
  listenToClock,
  sayCertificate,
  sayClock,
  sayUnreached,
  usableSettings,
} from "../travel/selfCheck.ts";
import { isSetUp } from "../travel/settings.ts";
import type { Request, Transport } from "../travel/transport.ts";
import { type NimSettings, nim, nimSettings } from "./settings.ts";
import { inOneVersion, OtherVersion } from "./version.ts";
import { nimName, nimNetwork, wayToNim } from "./way.ts";

/** What a resource takes of an account, as docs/nim.md#permissions has it for all of its operations. */
interface Need {
  readonly resource: string;
  /** What it reads. */
  readonly collection: string;
  /** Whose permissions it takes: READ, and of each of {@link writes} one. */
  readonly feature: string;
  readonly writes: readonly (readonly string[])[];
}

const writes = [["CREATE"], ["UPDATE"], ["DELETE"]];

const needs: readonly Need[] = [
  {
    resource: "NginxConfig",
    collection: "systems",
    feature: "INSTANCE-MANAGEMENT",
    // What a publish takes differs between releases.
    writes: [["UPDATE", "CREATE"]],
  },
  { resource: "SystemTags", collection: "systems", feature: "INSTANCE-MANAGEMENT", writes: [["UPDATE"]] },
  {
    resource: "NginxConfig of a group",
    collection: "instance-groups",
    feature: "INSTANCE-GROUPS",
    writes: [["UPDATE"]],
  },
  { resource: "InstanceGroup", collection: "instance-groups", feature: "INSTANCE-GROUPS", writes },
  { resource: "StagedConfig", collection: "configs", feature: "STAGED-CONFIGURATIONS", writes },
  { resource: "Certificate", collection: "certs", feature: "CERTIFICATES", writes },
  { resource: "Role", collection: "roles", feature: "USER-MANAGEMENT", writes },
  { resource: "User", collection: "users", feature: "USER-MANAGEMENT", writes },
  { resource: "Group", collection: "groups", feature: "USER-MANAGEMENT", writes },
];

const anyObject = z.record(z.string(), z.unknown());
const ref = z.looseObject({ ref: z.string() });
const userInfo = z.looseObject({ userDef: z.looseObject({ roles: z.array(ref).min(1) }) });
const roleInfo = z.looseObject({
  roleDef: z.looseObject({
    permissions: z.array(z.looseObject({ feature: z.string(), accessTypes: z.array(z.string()) })),
  }),
});
/** The one of the documentation, or a list; neither's form is public. */
const moduleVersions = z.looseObject({ "instance-manager": z.string() });

/** @returns whether anything is said of NIM here */
export async function checkNim(world: CheckWorld): Promise<boolean> {
  const { config, environment, keepSecret, clock, report } = world;
  if (!isSetUp(nim, config, environment)) return false;
  const say = sayOf("nim", report);
  const settings = usableSettings(say, () => nimSettings(config, environment), keepSecret);
  if (!settings) return true;
  const { endpoint, basePath, login } = settings;
  const who = "username" in login ? `as "${login.username}" (${login.auth})` : `by ${login.auth}`;
  say.ok("settings", `${endpoint}${basePath}, ${who}.`);

  const { open, certificate, ...host } = asking(world, endpoint);
  let mode: unknown;
  const { toNim, toTokens } = nimNetwork(settings, open);
  const listening: Transport = async (request) => {
    const answer = await toNim(request);
    mode = answer.headers["nginx-management-suite-auth"];
    return answer;
  };
  const { serverTime, ahead } = listenToClock(clock);
  const { http, send } = wayToNim(settings, clock, serverTime, keepSecret, { toNim: listening, toTokens });
  const get = (path: string, more?: Partial<Request>) => host.get(basePath + path, more);

  try {
    const asked = get("/userinfo", { hasAlternative: true });
    parseAnswer(asked, (await inOneVersion(settings, http)(asked)).body, anyObject, nimName);
  } catch (error) {
    // NIM says that nobody has logged in, with OIDC on by the way to the login page.
    const isAsking = hasStatus(error, 401, 403) || (mode !== undefined && isAnswer(error));
    if (!isAsking) {
      if (isAnswer(error) || error instanceof OtherVersion)
        sayCertificate(say, "nim", endpoint, settings, certificate(), clock.now());
      if (error instanceof OtherVersion) sayOtherVersion(say, error);
      else sayUnreached(say, "nim", error);
      return true;
    }
  }
  say.ok("connection", `${endpoint} answers.`);
  sayCertificate(say, "nim", endpoint, settings, certificate(), clock.now());

  const user = await logIn(say, settings, send, get);
  if (user === undefined) return true;
  await sayReading(say, send, get);
  await sayWriting(say, send, user, basePath, get);
  sayClock(say, "NIM", ahead());
  const versions = await answered(send, get("/modules/versions"), moduleVersions);
  say.ok("version", versions ? `NIM ${versions["instance-manager"]}.` : "NIM does not tell its version.");
  say.ok("schema", "Not compared: NIM shows the description of its API only on a page for people, /ui/docs.");
  return true;
}

type Get = (path: string) => Request;

const sayOtherVersion = (say: Say, { what, wayOut }: OtherVersion) => say.error("version", what, wayOut);

/** What NIM says of the user, `{}` where nothing; `undefined` where it lets nobody in. */
async function logIn(
  say: Say,
  { login, endpoint, credentials }: NimSettings,
  send: Transport,
  get: Get,
): Promise<object | undefined> {
  const letIn = () => say.ok("login", `${endpoint} accepts the login (nim:auth ${login.auth}).`);
  try {
    const user = readJson((await send(get("/userinfo"))).body, anyObject) ?? {};
    letIn();
    return user;
  } catch (error) {
    if (hasStatus(error, 404)) {
      letIn();
      return {};
    }
    if (error instanceof OtherVersion) {
      sayOtherVersion(say, error);
      return undefined;
    }
    say.error("login", messageOf(error), `Correct ${credentials}.`);
    return undefined;
  }
}

async function sayReading(say: Say, send: Transport, get: Get): Promise<void> {
  const readable: string[] = [];
  const unreadable: { text: string; next: string }[] = [];
  for (const [collection, takers] of Map.groupBy(needs, ({ collection }) => collection)) {
    try {
      await send(get(`/${collection}?page=1&pageSize=1`));
      readable.push(collection);
    } catch (error) {
      const features = [...new Set(takers.map(({ feature }) => feature))].join(", ");
      unreadable.push({
        text: `The account cannot read ${collection}, which a ${namesOf(takers)} needs: ${messageOf(error)}`,
        next: `Give the user a role with READ for ${features}.`,
      });
    }
  }
  if (readable.length > 0) say.ok("permissions", `The account may read ${readable.join(", ")}.`);
  for (const { text, next } of unreadable) {
    if (readable.length > 0) say.warning("permissions", text, next);
    else say.error("permissions", text, next);
  }
}

const namesOf = (some: readonly Need[]) => some.map(({ resource }) => resource).join(", ");

/** As far as the user's own roles tell; those of its groups NIM does not show there. */
async function sayWriting(say: Say, send: Transport, user: object, basePath: string, get: Get): Promise<void> {
  const roles = userInfo.safeParse(user).data?.userDef.roles ?? [];
  const found = await Promise.all(
    roles.map(({ ref }) =>
      ref.startsWith(`${basePath}/roles/`) ? answered(send, get(ref.slice(basePath.length)), roleInfo) : undefined,
    ),
  );
  const known = found.flatMap((role) => role ?? []);
  if (known.length === 0 || known.length < roles.length) {
    say.ok("permissions", "Whether the account may write, NIM does not say; only a write would tell.");
    return;
  }
  const permissions = known.flatMap(({ roleDef }) => roleDef.permissions);
  const has = (feature: string, access: string) =>
    permissions.some((permission) => permission.feature === feature && permission.accessTypes.includes(access));
  const missing = ({ feature, writes }: Need) => {
    const lacking = writes.filter((either) => !either.some((access) => has(feature, access)));
    return lacking.length === 0 ? "" : `${feature} lacks ${lacking.map(([access]) => access).join(", ")}`;
  };
  const byMissing = Map.groupBy(needs, missing);
  for (const [what, some] of byMissing) {
    if (what === "") continue;
    const text = `The roles of the user do not let it write ${namesOf(some)}: ${what}.`;
    say.warning("permissions", text, "Give the user a role with them, unless a group of it has one.");
  }
  if (byMissing.size === 1 && byMissing.has("")) {
    const features = [...new Set(needs.map(({ feature }) => feature))];
    say.ok("permissions", `The user's roles let it write every kind of resource (${features.join(", ")}).`);
  }
}
