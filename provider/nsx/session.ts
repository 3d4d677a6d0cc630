import type { Clock } from "../travel/clock.ts";
import { ApiError, hasStatus, LoginError, messageOf, Redirected } from "../travel/errors.ts";
import { type TimeLimit, TimeUp, timeLimit, within } from "../travel/timeLimit.ts";
import type { Answer, Request, Transport } from "../travel/transport.ts";
import type { NsxLogin, NsxSettings } from "./settings.ts";

/** Sends requests as a user of NSX. */
export interface Session {
  readonly send: Transport;
  /** Ends the session on the manager, so that it does not count against its limits until it times out. */
  end(): Promise<void>;
}

type Password = NsxLogin & { auth: "session" | "basic" };

interface Login {
  readonly headers: Readonly<Record<"cookie" | "x-xsrf-token", string>>;
}

interface Live extends Login {
  /** When it was last seen to be good. */
  servedAt: number;
}

const loginPath = "/api/session/create";

/** Redirects in a row after which something is wrong with the cluster. */
const maxHops = 3;

/** Milliseconds for which a session that was made or served is taken to live; NSX ends it after 30 minutes of silence. */
const surelyLives = 5 * 60_000;

/**
 * Adds credentials to each request. `session` logs in once per process and manager, with the first request; `basic`
 * sends user and password each time. The guide forbids to mix schemes in one request ("Authentication").
 *
 * A manager may redirect to another one of its cluster ("reissue to a different controller node … continue to use the
 * new server"). That is followed only to a manager that is configured, with method and body as they are; a session
 * belongs to one manager, so the other one gets its own login and never the first one's cookies.
 */
export function createSession(
  config: NsxSettings,
  http: Transport,
  clock: Clock,
  keepSecret: (secret: string) => void,
): Session {
  const sessions = new Map<string, Session>();
  let manager = config.endpoint;

  function sessionAt(origin: string): Session {
    const send: Transport = (request) => http({ ...request, origin });
    const session = sessions.get(origin) ?? newSession({ ...config, endpoint: origin }, send);
    sessions.set(origin, session);
    return session;
  }

  function newSession(at: NsxSettings, send: Transport): Session {
    const { login: way } = config;
    if (way.auth === "basic") return basicSession(at, way, send);
    if (way.auth !== "session") throw new Error(`nsx:auth "${way.auth}" is not there yet.`);
    const logInAndKeep = async (limit: TimeLimit) => {
      const login = await logIn(at, way, send, limit);
      secretsOf(login).forEach(keepSecret);
      return { ...login, servedAt: clock.elapsed() };
    };
    return cookieSession(logInAndKeep, send, clock);
  }

  return {
    async send(request) {
      for (let hops = 0; ; hops += 1) {
        const asked = manager;
        try {
          return await sessionAt(asked).send(request);
        } catch (error) {
          if (!(error instanceof Redirected)) throw error;
          const target = followable(config, asked, error, hops);
          // A login that was redirected says nothing about where the request itself belongs.
          const to = target.pathname + target.search;
          if (to !== request.path && target.pathname !== loginPath) {
            throw new Error(`${asked} redirects ${request.method} ${request.path} to ${to}, which is something else.`);
          }
          manager = target.origin;
        }
      }
    },
    async end() {
      await Promise.all([...sessions.values()].map((session) => session.end()));
    },
  };
}

function followable(config: NsxSettings, asked: string, error: Redirected, hops: number): URL {
  const { target } = error;
  if (!target || !config.managers.includes(target.origin)) {
    error.message += " If it is a manager of the same cluster, name it in nsx:endpoint too, with a comma between.";
    throw error;
  }
  if (asked.startsWith("https:") && target.protocol !== "https:") {
    throw new Error(`${asked} redirects to ${target.origin}; from https to http nothing is followed.`);
  }
  if (hops === maxHops) {
    throw new Error(
      `${asked} redirects to ${target.origin}, after ${maxHops} redirects before it: the managers of nsx:endpoint send requests round.`,
    );
  }
  return target;
}

function basicSession(config: NsxSettings, login: Password, http: Transport): Session {
  const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
  let refused: LoginError | undefined;
  return {
    async send(request) {
      // A wrong password sent a thousand times locks the account for everybody.
      if (refused) throw refused;
      try {
        return await http(withHeaders(request, { authorization }));
      } catch (error) {
        if (!isBadCredentials(error)) throw error;
        refused = loginError(config, login, error);
        throw refused;
      }
    },
    end: async () => {},
  };
}

/**
 * "When the session expires, the manager will respond with a 403 Forbidden" (guide: "Session-Based Authentication"), but
 * so it does to a user without the permission, and no code tells the two apart for sure. A fresh session does: where it is
 * refused as well, it was the permission, and the same answer to a session that surely lives is no reason to log in again.
 */
function cookieSession(logIn: (limit: TimeLimit) => Promise<Live>, http: Transport, clock: Clock): Session {
  let login: Promise<Live> | undefined;
  /** Refusals that a fresh session was made for, and that have not turned out to be about the session. */
  const diagnosed = new Set<string>();
  const endings: Promise<unknown>[] = [];

  function logInOnce(limit: TimeLimit): Promise<Live> {
    const replaced = login;
    const started = logIn(limit);
    login = started;
    started.then(
      () => endings.push(logOut(replaced)),
      (error) => {
        // A refusal is kept, so that a wrong password is sent once and not a thousand times, which locks the account.
        if (login === started && !(error instanceof LoginError)) login = undefined;
      },
    );
    return started;
  }

  /** Sessions count against a limit of NSX until they time out. */
  async function logOut(ended: Promise<Live> | undefined): Promise<void> {
    const current = await ended?.catch(() => undefined);
    if (!current) return;
    const limit = timeLimit(clock, 2, "the time for logging out");
    const request: Request = { method: "POST", path: "/api/session/destroy", atOnce: true, limit };
    // One that has expired cannot be ended any more.
    await http(asLoggedIn(request, current)).catch(() => {});
  }

  /** The session, or `undefined` when whoever was logging in had less time than there is here. */
  async function loggedIn(used: Promise<Live>, limit: TimeLimit): Promise<Live | undefined> {
    try {
      return await within(limit, "the login had no answer", () => used);
    } catch (error) {
      if (error instanceof TimeUp && !limit.signal.aborted) return undefined;
      throw error;
    }
  }

  async function sendIn(current: Live, request: Request): Promise<Answer> {
    const answer = await http(asLoggedIn(request, current));
    current.servedAt = clock.elapsed();
    return answer;
  }

  async function send(request: Request): Promise<Answer> {
    const known = login;
    const used = known ?? logInOnce(request.limit);
    const current = known ? await loggedIn(known, request.limit) : await used;
    if (!current) return await send(request);
    try {
      return await sendIn(current, request);
    } catch (error) {
      if (!hasStatus(error, 401, 403)) throw error;
      // Somebody else was refused first, and has a fresh session.
      if (login !== undefined && login !== used) return await send(request);
      const refusal = `${error.status} ${error.code ?? ""}`;
      if (diagnosed.has(refusal) && clock.elapsed() - current.servedAt < surelyLives) throw error;
      diagnosed.add(refusal);
      const fresh = await logInOnce(request.limit);
      try {
        const answer = await sendIn(fresh, request);
        diagnosed.delete(refusal);
        return answer;
      } catch (answer) {
        if (!hasStatus(answer, 401, 403)) diagnosed.delete(refusal);
        throw answer;
      }
    }
  }

  return {
    send,
    async end() {
      const ended = login;
      login = undefined;
      await Promise.all([logOut(ended), ...endings]);
    },
  };
}

async function logIn(config: NsxSettings, login: Password, http: Transport, limit: TimeLimit): Promise<Login> {
  const request: Request = {
    method: "POST",
    path: loginPath,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ j_username: login.username, j_password: login.password }).toString(),
    repeatable: true,
    limit,
  };
  try {
    const answer = await http(request);
    const cookies = [answer.headers["set-cookie"] ?? []].flat() as string[];
    const cookie = cookies.map((text) => text.split(";", 1)[0]).join("; ");
    const token = answer.headers["x-xsrf-token"];
    if (!cookie || typeof token !== "string") {
      throw new Error(`${config.endpoint} answered the login without a session. Is it an NSX manager?`);
    }
    return { headers: { cookie, "x-xsrf-token": token } };
  } catch (error) {
    throw hasStatus(error, 401, 403) ? loginError(config, login, error) : error;
  }
}

/** 403 with code 403 is the wrong password; a missing permission has other codes (docs/nsx.md#errors). */
function isBadCredentials(error: unknown): boolean {
  return hasStatus(error, 401) || (error instanceof ApiError && error.status === 403 && error.code === "403");
}

function loginError(config: NsxSettings, { username }: Password, error: unknown): LoginError {
  return new LoginError(
    `NSX at ${config.endpoint} refused the login of "${username}": ${messageOf(error)} Check ${config.credentials}.`,
  );
}

function asLoggedIn(request: Request, { headers }: Login): Request {
  return withHeaders(request, headers);
}

function withHeaders(request: Request, headers: Readonly<Record<string, string>>): Request {
  return { ...request, headers: { ...request.headers, ...headers } };
}

function secretsOf({ headers }: Login): string[] {
  const sessionIds = headers.cookie.split("; ").map((cookie) => cookie.slice(cookie.indexOf("=") + 1));
  return [...sessionIds, headers["x-xsrf-token"]];
}
