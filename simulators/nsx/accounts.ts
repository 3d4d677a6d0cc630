import { randomBytes, randomUUID, X509Certificate } from "node:crypto";
import type { Environment } from "../kit/index.ts";
import { builtInRoles, type Role } from "./roles.ts";
import type { nsxSwitches } from "./switches.ts";

/** Everybody who may come in, and what they show. */
export interface Accounts {
  withPassword(user: string, password: string): string | undefined;
  /** Whose principal identity a certificate is, in PEM form; nobody's after its time. */
  withCertificate(pem: string): string | undefined;
  /** Whose token it is, until it ends. */
  withToken(token: string, kind: TokenKind): string | undefined;
  withApiToken(token: string): string | undefined;
  withApp(id: string, secret: string): string | undefined;
  /** A JWT of NSX's own, or an access token of VMware Cloud, good for so many seconds. */
  issueToken(user: string, kind: TokenKind, seconds: number): string;
  /** The name of the user's role. */
  roleOf(user: string): string;
  /** What that role may. */
  permissionsOf(user: string): Role;
  /** Whether what somebody creates is protected from everybody else. */
  protects(user: string): boolean;
  /** @throws for a role that does not exist */
  setRole(user: string, role: string): void;
  /** Makes a role, or gives it other permissions. */
  defineRole(name: string, role: Role): void;
  /** Another one from now on; sessions that are open stay so. */
  setPassword(user: string, password: string): void;
  /** A principal identity. */
  addPrincipal(user: string, certificate: string, isProtected: boolean): void;
  /** Ends all tokens of one user, or of everybody. */
  expireTokens(user?: string): void;
  /** From now on nothing lets this user in. */
  lock(user: string): void;
  reset(): void;
}

export type TokenKind = "jwt" | "access";

export interface AccountOptions {
  /** Passwords by user. */
  users: Record<string, string>;
  /** Names of roles by user; that of everybody else is `enterprise_admin`. */
  roles?: Record<string, string>;
  /** Roles beside those that NSX ships with, by name. */
  customRoles?: Record<string, Role>;
  /** Certificates of principal identities by name, in PEM form. What they create is protected. */
  principals?: Record<string, string>;
}

/** What one user of VMware Cloud exchanges for access tokens. */
export interface CloudAccount {
  user: string;
  apiToken: string;
  clientId: string;
  clientSecret: string;
}

export function createAccounts(
  { clock }: Environment<typeof nsxSwitches>,
  {
    users: initialUsers,
    roles: initialRoles = {},
    customRoles = {},
    principals: initialPrincipals = {},
  }: AccountOptions,
  cloud: CloudAccount,
): Accounts {
  const tokens = new Map<string, { user: string; kind: TokenKind; endsAt: number }>();
  const principals = new Map<string, { user: string; isProtected: boolean; endsAt: number }>();
  const roles = new Map<string, string>();
  const definitions = new Map<string, Role>();
  const passwords = new Map<string, string>();
  const locked = new Set<string>();

  const unlocked = (user: string | undefined) => (user !== undefined && locked.has(user) ? undefined : user);

  const accounts: Accounts = {
    withPassword: (user, password) => (passwords.get(user) === password ? unlocked(user) : undefined),
    withCertificate: (pem) => {
      const known = principals.get(fingerprintOf(pem));
      return known && clock.now() <= known.endsAt ? unlocked(known.user) : undefined;
    },
    withToken: (token, kind) => {
      const known = tokens.get(token);
      return known?.kind === kind && clock.now() < known.endsAt ? unlocked(known.user) : undefined;
    },
    withApiToken: (token) => (token === cloud.apiToken ? unlocked(cloud.user) : undefined),
    withApp: (id, secret) =>
      id === cloud.clientId && secret === cloud.clientSecret ? unlocked(cloud.user) : undefined,
    issueToken: (user, kind, seconds) => {
      const endsAt = clock.now() + seconds * 1000;
      // Never of the seed, which everybody knows.
      const parts = [
        { alg: "RS256", typ: "JWT" },
        { sub: user, exp: Math.floor(endsAt / 1000), jti: randomUUID() },
      ];
      const encoded = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
      const token = [...encoded, randomBytes(64).toString("base64url")].join(".");
      tokens.set(token, { user, kind, endsAt });
      return token;
    },
    roleOf: (user) => roles.get(user) ?? "enterprise_admin",
    permissionsOf: (user) => definitions.get(accounts.roleOf(user)) ?? {},
    protects: (user) => [...principals.values()].some((known) => known.user === user && known.isProtected),
    setRole: (user, role) => {
      if (!definitions.has(role)) throw new Error(`there is no role "${role}"`);
      roles.set(user, role);
    },
    defineRole: (name, role) => {
      definitions.set(name, role);
    },
    setPassword: (user, password) => {
      passwords.set(user, password);
    },
    addPrincipal: (user, certificate, isProtected) => {
      const endsAt = new X509Certificate(certificate).validToDate.getTime();
      principals.set(fingerprintOf(certificate), { user, isProtected, endsAt });
    },
    expireTokens: (user) => {
      for (const [token, known] of tokens) if (user === undefined || known.user === user) tokens.delete(token);
    },
    lock: (user) => {
      locked.add(user);
    },
    reset: () => {
      for (const part of [principals, roles, definitions, locked, passwords]) part.clear();
      for (const [name, role] of Object.entries({ ...builtInRoles, ...customRoles })) accounts.defineRole(name, role);
      for (const [name, password] of Object.entries(initialUsers)) accounts.setPassword(name, password);
      for (const [name, role] of Object.entries(initialRoles)) accounts.setRole(name, role);
      for (const [name, pem] of Object.entries(initialPrincipals)) accounts.addPrincipal(name, pem, true);
    },
  };
  accounts.reset();
  return accounts;
}

const fingerprintOf = (pem: string) => new X509Certificate(pem).fingerprint256;
