import { type Environment, empty, json, type SimRequest, type SimResponse } from "../kit/index.ts";
import type { Accounts } from "./accounts.ts";
import { errorResponse, expired, loginRefused, NsxError } from "./errors.ts";
import type { nsxSwitches } from "./switches.ts";

interface Session {
  user: string;
  token: string;
  lastUsed: number;
}

export interface Sessions {
  /** POST /api/session/create */
  create(request: SimRequest): SimResponse;
  /** POST /api/session/destroy */
  destroy(request: SimRequest): SimResponse;
  /** Whose session the cookie is. @throws 403 when it is nobody's, or the token beside it is another one's */
  authenticate(request: SimRequest): string;
  /** Whose session the cookie is; of one that has ended, nobody's. */
  userOf(request: SimRequest): string | undefined;
  /** Ends the sessions of one user, or of everybody. */
  expire(user?: string): void;
}

export function createSessions(
  { clock, random, switches }: Environment<typeof nsxSwitches>,
  accounts: Accounts,
): Sessions {
  const sessions = new Map<string, Session>();
  const isOpen = () => switches.login === "all" || switches.login === "session";

  function sessionOf(request: SimRequest): Session | undefined {
    const id = sessionId(request);
    const session = id === undefined ? undefined : sessions.get(id);
    if (!session || clock.now() - session.lastUsed > switches.sessionIdleTimeout * 1000) return undefined;
    return session;
  }

  return {
    create: (request) => {
      // A form: whoever sends a raw "+" has sent a blank, and is refused with 403 (KB 440528).
      const form = new URLSearchParams(request.body);
      const user = accounts.withPassword(form.get("j_username") ?? "", form.get("j_password") ?? "");
      if (user === undefined || !isOpen()) return errorResponse(loginRefused(switches.loginFailureStatus));
      const id = random.hex(32).toUpperCase();
      const token = random.uuid();
      sessions.set(id, { user, token, lastUsed: clock.now() });
      const headers = {
        "set-cookie": [`JSESSIONID=${id}; Path=/; Secure; HttpOnly; SameSite=Lax`],
        "x-xsrf-token": token,
      };
      // "The manager will respond with the roles and permissions granted to the user".
      return json(switches.sessionCreatedStatus, { user, roles: [{ role: accounts.roleOf(user) }] }, headers);
    },
    destroy: (request) => {
      const id = sessionId(request);
      if (id !== undefined) sessions.delete(id);
      return empty(200);
    },
    authenticate: (request) => {
      const session = sessionOf(request);
      // "When the session expires, the manager will respond with a 403 Forbidden HTTP response".
      if (!session) throw expired();
      if (request.headers["x-xsrf-token"] !== session.token) {
        throw new NsxError(403, 98, "The XSRF token is missing or wrong.", "common-services");
      }
      session.lastUsed = clock.now();
      return session.user;
    },
    userOf: (request) => sessionOf(request)?.user,
    expire: (user) => {
      for (const [id, session] of sessions) if (user === undefined || session.user === user) sessions.delete(id);
    },
  };
}

const sessionId = ({ headers }: SimRequest) => /(?:^|;\s*)JSESSIONID=([^;]+)/.exec(headers.cookie ?? "")?.[1];
