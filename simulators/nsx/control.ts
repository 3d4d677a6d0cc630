import { z } from "zod";
import { type Environment, numberOf, type Operations, operation, textOf } from "../kit/index.ts";
import type { Accounts } from "./accounts.ts";
import type { Json } from "./fields.ts";
import type { Policy } from "./policy.ts";
import type { Realization, RealizationPlan } from "./realization.ts";
import { permissionNames, type Role } from "./roles.ts";
import type { Sessions } from "./sessions.ts";
import type { Store } from "./store.ts";
import type { nsxSwitches } from "./switches.ts";

/** What a test does behind the client's back. Every change goes through the manager's own rules and into the history. */
export interface NsxOperations {
  /** Creates an object, or changes the properties given (null clears), as another user. Answers what a GET would. */
  change(path: string, changes: Json, user?: string): Json;
  /** Deletes an object as another user; with `force` also with children, ports and references. */
  delete(path: string, user?: string, force?: boolean): void;
  /** What a GET of the object answers; undefined when there is none. */
  object(path: string): Json | undefined;
  /** All objects below a path, or all there are. */
  objects(under?: string): Json[];
  /**
   * Puts a number into an object (`vendor_counter`, `advanced_config.x`, `subnets[0].x`), digit by digit as the text has it,
   * as another user. From then on the field is legal on this object, though no table knows it: what a PUT brings is kept
   * digit by digit, what it leaves out is gone.
   */
  plant(path: string, field: string, sourceText: string, user?: string): void;
  /** The number there, digit by digit as it was last written; undefined when there is none. */
  numberAt(path: string, field: string): string | undefined;
  /** How the realization of an object goes from now on; without a plan as the switches say. */
  planRealization(path: string, plan?: RealizationPlan): void;
  /** Marks an object as protected, or not: others then need `X-Allow-Overwrite: true`. */
  protect(path: string, protection: "REQUIRE_OVERRIDE" | "NOT_PROTECTED"): void;
  /** Ends the sessions of one user, or of everybody. */
  expireSessions(user?: string): void;
  /** Ends the tokens of one user, or of everybody. */
  expireTokens(user?: string): void;
  /** A JWT for `nsx:token`, good for so many seconds. */
  issueToken(user: string, seconds: number): string;
  /** Makes a user of whoever shows this certificate (PEM). What it creates is protected, unless it is said otherwise. */
  addPrincipal(user: string, certificate: string, isProtected?: boolean): void;
  setRole(user: string, role: string): void;
  /** Makes a role, or gives it other permissions from now on: `{ segments: "crud" }`. */
  defineRole(name: string, role: Role): void;
  /** Nothing lets this user in any more, and everything that has is ended. */
  lock(user: string): void;
  /** Gives a user another password; sessions that are open stay so. */
  setPassword(user: string, password: string): void;
  /** Purges at once what waits for it. */
  purge(): void;
}

export interface ControlParts {
  environment: Environment<typeof nsxSwitches>;
  store: Store;
  policy: Policy;
  realization: Realization;
  sessions: Sessions;
  accounts: Accounts;
}

const anotherUser = "somebody-else";

export function nsxOperations(parts: ControlParts): { act: NsxOperations; operations: Operations } {
  const { environment, store, policy, realization, sessions, accounts } = parts;
  const author = (user = anotherUser) => ({
    user,
    requestId: `control-${environment.random.hex(8)}`,
    allowOverwrite: true,
  });

  const act: NsxOperations = {
    change: (path, body, user) => {
      policy.apply([{ kind: "merge", path, body, checkRevision: false }], author(user));
      return policy.read(path);
    },
    delete: (path, user, force = false) => {
      policy.apply(
        [{ kind: "remove", path, body: {}, checkRevision: false, force, ignoreMissing: false }],
        author(user),
      );
    },
    object: (path) => store.get(path)?.body,
    objects: (under = "") => {
      const bodies = store.all().map(({ body }) => body);
      return bodies.filter(({ path }) => under === "" || String(path).startsWith(`${under}/`));
    },
    plant: (path, field, sourceText, user) => {
      const [first = "", ...inner] = namesOf(field);
      const current = policy.read(path)[first];
      const value = withValue(current, inner, numberOf(sourceText));
      policy.plant(path, field);
      act.change(path, { [first]: value }, user);
    },
    numberAt: (path, field) => {
      const value = namesOf(field).reduce<unknown>((at, name) => (at as Json | undefined)?.[name], policy.read(path));
      return value === undefined ? undefined : textOf(value);
    },
    planRealization: (path, plan) => realization.plan(path, plan),
    protect: (path, protection) => {
      store.put(path, { ...policy.read(path), _protection: protection }, author("system"));
    },
    expireSessions: (user) => sessions.expire(user),
    expireTokens: (user) => accounts.expireTokens(user),
    issueToken: (user, seconds) => accounts.issueToken(user, "jwt", seconds),
    addPrincipal: (user, certificate, isProtected = true) => accounts.addPrincipal(user, certificate, isProtected),
    setRole: (user, role) => accounts.setRole(user, role),
    defineRole: (name, role) => accounts.defineRole(name, role),
    lock: (user) => {
      accounts.lock(user);
      accounts.expireTokens(user);
      sessions.expire(user);
    },
    setPassword: (user, password) => accounts.setPassword(user, password),
    purge: () => store.purgeNow(),
  };

  const path = z.string();
  const user = z.string().optional();
  const operations: Operations = {
    change: operation(
      "Creates an object or changes the properties given, as another user (null clears).",
      z.strictObject({ path, changes: z.record(z.string(), z.unknown()), user }),
      (args) => act.change(args.path, args.changes, args.user),
    ),
    seed: operation(
      "Creates many objects at once.",
      z.strictObject({ objects: z.array(z.strictObject({ path, body: z.record(z.string(), z.unknown()) })), user }),
      ({ objects, user }) => ({ created: objects.map((object) => act.change(object.path, object.body, user)).length }),
    ),
    delete: operation(
      "Deletes an object as another user; force also with ports, children and references.",
      z.strictObject({ path, user, force: z.boolean().optional() }),
      (args) => act.delete(args.path, args.user, args.force),
    ),
    object: operation("One object.", z.strictObject({ path }), (args) => policy.read(args.path)),
    objects: operation("All objects, or those below a path.", z.strictObject({ under: path.optional() }), ({ under }) =>
      act.objects(under),
    ),
    plant: operation(
      "Puts a number of any length, given as text, into a field that becomes legal on that object.",
      z.strictObject({ path, field: z.string(), sourceText: z.string(), user }),
      (args) => {
        act.plant(args.path, args.field, args.sourceText, args.user);
        return policy.read(args.path);
      },
    ),
    numberAt: operation(
      "The number in a field, digit by digit.",
      z.strictObject({ path, field: z.string() }),
      (args) => ({
        sourceText: act.numberAt(args.path, args.field),
      }),
    ),
    planRealization: operation(
      "Sets delay and failure of an object's realization.",
      z.strictObject({
        path,
        delay: z.number().min(0).optional(),
        failure: z.strictObject({ message: z.string(), errorCode: z.number().int() }).optional(),
      }),
      ({ path, ...plan }) => act.planRealization(path, plan),
    ),
    protect: operation(
      "Marks an object as protected (REQUIRE_OVERRIDE), or not.",
      z.strictObject({ path, protection: z.enum(["REQUIRE_OVERRIDE", "NOT_PROTECTED"]) }),
      (args) => act.protect(args.path, args.protection),
    ),
    expireSessions: operation("Ends the sessions of one user, or of everybody.", z.strictObject({ user }), (args) =>
      act.expireSessions(args.user),
    ),
    expireTokens: operation("Ends the tokens of one user, or of everybody.", z.strictObject({ user }), (args) =>
      act.expireTokens(args.user),
    ),
    issueToken: operation(
      "A token for nsx:token, good for so many seconds.",
      z.strictObject({ user: z.string(), seconds: z.number().positive() }),
      (args) => ({ token: act.issueToken(args.user, args.seconds) }),
    ),
    addPrincipal: operation(
      "Makes a user of whoever shows this certificate (PEM).",
      z.strictObject({ user: z.string(), certificate: z.string(), isProtected: z.boolean().optional() }),
      (args) => act.addPrincipal(args.user, args.certificate, args.isProtected),
    ),
    setRole: operation(
      "The role of a user from now on; auditor may only read.",
      z.strictObject({ user: z.string(), role: z.string() }),
      (args) => act.setRole(args.user, args.role),
    ),
    defineRole: operation(
      "Makes a role, or gives it other permissions, by feature.",
      z.strictObject({ name: z.string(), role: z.record(z.string(), z.enum(permissionNames)) }),
      (args) => act.defineRole(args.name, args.role),
    ),
    lock: operation("Nothing lets this user in any more.", z.strictObject({ user: z.string() }), (args) =>
      act.lock(args.user),
    ),
    setPassword: operation(
      "Gives a user another password; sessions that are open stay so.",
      z.strictObject({ user: z.string(), password: z.string() }),
      (args) => act.setPassword(args.user, args.password),
    ),
    purge: operation("Purges at once what waits for it.", z.strictObject({}), () => act.purge()),
  };
  return { act, operations };
}

/** `subnets[0].x` as the names on the way; the index of an element is one. */
const namesOf = (field: string) => field.replace(/\[(\d+)\]/g, ".$1").split(".");

function withValue(holder: unknown, [name, ...inner]: string[], value: unknown): unknown {
  if (name === undefined) return value;
  if (!Array.isArray(holder)) return { ...(holder as Json), [name]: withValue((holder as Json)?.[name], inner, value) };
  return holder.with(Number(name), withValue(holder[Number(name)], inner, value));
}
