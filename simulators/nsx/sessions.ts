import { type Environment, empty, json, type SimRequest, type SimResponse } from "../kit/index.ts";
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
  /** The user of a request; 403 (or 401, a switch) when nobody vouches for it. */
  authenticate(request: SimRequest): string;
  /** Whom a request claims to come from, for limits and the log. */
  claimedUser(request: SimRequest): string | undefined;
  /** Ends the sessions of one user, or of everybody. */
  expire(user?: string): void;
}

export function createSessions(
  { clock, random, switches }: Environment<typeof nsxSwitches>,
  users: Record<string, string>,
): Sessions {
  const sessions = new Map<string, Session>();
  const isUser = (user: string, password: string) => users[user] === password;
  const refused = () => loginRefused(switches.loginFailureStatus);

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
      const user = form.get("j_username") ?? "";
      if (!isUser(user, form.get("j_password") ?? "")) {
        return errorResponse(refused());
      }
      const id = random.hex(32).toUpperCase();
      const token = random.uuid();
      sessions.set(id, { user, token, lastUsed: clock.now() });
      const headers = {
        "set-cookie": [`JSESSIONID=${id}; Path=/; Secure; HttpOnly; SameSite=Lax`],
        "x-xsrf-token": token,
      };
      // "The manager will respond with the roles and permissions granted to the user".
      return json(switches.sessionCreatedStatus, { user, roles: [{ role: "enterprise_admin" }] }, headers);
    },
    destroy: (request) => {
      const id = sessionId(request);
      if (id !== undefined) sessions.delete(id);
      return empty(200);
    },
    authenticate: (request) => {
      // A session cookie decides even beside valid Basic credentials, which some clients always send along.
      if (sessionId(request) !== undefined) {
        const session = sessionOf(request);
        // "When the session expires, the manager will respond with a 403 Forbidden HTTP response".
        if (!session) throw expired();
        if (request.headers["x-xsrf-token"] !== session.token) {
          throw new NsxError(403, 98, "The XSRF token is missing or wrong.", "common-services");
        }
        session.lastUsed = clock.now();
        return session.user;
      }
      const basic = basicCredentials(request);
      if (!basic || !isUser(basic.user, basic.password)) throw refused();
      return basic.user;
    },
    claimedUser: (request) => sessionOf(request)?.user ?? basicCredentials(request)?.user,
    expire: (user) => {
      for (const [id, session] of sessions) if (user === undefined || session.user === user) sessions.delete(id);
    },
  };
}

const sessionId = ({ headers }: SimRequest) => /(?:^|;\s*)JSESSIONID=([^;]+)/.exec(headers.cookie ?? "")?.[1];

function basicCredentials({ headers }: SimRequest): { user: string; password: string } | undefined {
  const match = /^Basic (.+)$/i.exec(headers.authorization ?? "");
  if (!match) return undefined;
  const text = Buffer.from(match[1] ?? "", "base64").toString("utf8");
  const colon = text.indexOf(":");
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
