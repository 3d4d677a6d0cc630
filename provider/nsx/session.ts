import type { NsxConfig } from "../travel/config.ts";
import { ApiError, hasStatus, LoginError, messageOf, Redirected } from "../travel/errors.ts";
import type { Answer, Request, Transport } from "../travel/http.ts";

/** Sends requests as a user of NSX. */
export interface Session {
  readonly send: Transport;
  /** Ends the session on the manager, so that it does not count against its limits until it times out. */
  end(): Promise<void>;
}

interface Login {
  readonly headers: Readonly<Record<"cookie" | "x-xsrf-token", string>>;
}

const loginPath = "/api/session/create";

/** Redirects in a row after which something is wrong with the cluster. */
const maxHops = 3;

/**
 * Adds credentials to each request. `session` logs in once per process and manager, with the first request; `basic`
 * sends user and password each time. The guide forbids to mix schemes in one request ("Authentication").
 *
 * A manager may redirect to another one of its cluster ("reissue to a different controller node … continue to use the
 * new server"). That is followed only to a manager that is configured, with method and body as they are; a session
 * belongs to one manager, so the other one gets its own login and never the first one's cookies.
 */
export function createSession(config: NsxConfig, http: Transport): Session {
  const sessions = new Map<string, Session>();
  let manager = config.endpoint;

  function sessionAt(origin: string): Session {
    const send: Transport = (request) => http({ ...request, origin });
    const session = sessions.get(origin) ?? newSession({ ...config, endpoint: origin }, send);
    sessions.set(origin, session);
    return session;
  }

  return {
    async send(request) {
      let { path } = request;
      for (let hops = 0; ; hops += 1) {
        const asked = manager;
        try {
          return await sessionAt(asked).send({ ...request, path });
        } catch (error) {
          if (!(error instanceof Redirected)) throw error;
          const target = followable(config, asked, error, hops);
          // A login that was redirected says nothing about where the request itself belongs.
          if (target.pathname !== loginPath) path = target.pathname + target.search;
          manager = target.origin;
        }
      }
    },
    async end() {
      await Promise.all([...sessions.values()].map((session) => session.end()));
    },
  };
}

function followable(config: NsxConfig, asked: string, error: Redirected, hops: number): URL {
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

function newSession(config: NsxConfig, http: Transport): Session {
  return config.auth === "basic" ? basicSession(config, http) : cookieSession(config, http);
}

function basicSession(config: NsxConfig, http: Transport): Session {
  const authorization = `Basic ${Buffer.from(`${config.username}:${config.password}`).toString("base64")}`;
  let refused: LoginError | undefined;
  return {
    async send(request) {
      // A wrong password sent a thousand times locks the account for everybody.
      if (refused) throw refused;
      try {
        return await http(withHeaders(request, { authorization }, config.password));
      } catch (error) {
        if (!isBadCredentials(error)) throw error;
        refused = loginError(config, error);
        throw refused;
      }
    },
    end: async () => {},
  };
}

function cookieSession(config: NsxConfig, http: Transport): Session {
  let login: Promise<Login> | undefined;

  function logInOnce(deadline: number): Promise<Login> {
    const started = logIn(config, http, deadline);
    login = started;
    started.catch((error) => {
      // A refusal is kept, so that a wrong password is sent once and not a thousand times, which locks the account.
      if (login === started && !(error instanceof LoginError)) login = undefined;
    });
    return started;
  }

  async function send(request: Request): Promise<Answer> {
    const used = login ?? logInOnce(request.deadline);
    try {
      return await http(asLoggedIn(request, await used));
    } catch (error) {
      // "When the session expires, the manager will respond with a 403 Forbidden" (guide: "Session-Based
      // Authentication"), but so it does to a user without the permission: a fresh session tells the two apart.
      if (!hasStatus(error, 401, 403)) throw error;
      const renewed = login !== used && login ? login : logInOnce(request.deadline);
      return await http(asLoggedIn(request, await renewed));
    }
  }

  return {
    send,
    async end() {
      const ended = login;
      login = undefined;
      const current = await ended?.catch(() => undefined);
      if (!current) return;
      const deadline = Date.now() + 2_000;
      await http(asLoggedIn({ method: "POST", path: "/api/session/destroy", deadline }, current));
    },
  };
}

async function logIn(config: NsxConfig, http: Transport, deadline: number): Promise<Login> {
  const request: Request = {
    method: "POST",
    path: loginPath,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ j_username: config.username, j_password: config.password }).toString(),
    repeatable: true,
    secrets: [config.password],
    deadline,
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
    throw hasStatus(error, 401, 403) ? loginError(config, error) : error;
  }
}

/** 403 with code 403 is the wrong password; a missing permission has other codes (docs/nsx.md#errors). */
function isBadCredentials(error: unknown): boolean {
  return hasStatus(error, 401) || (error instanceof ApiError && error.status === 403 && error.code === "403");
}

function loginError(config: NsxConfig, error: unknown): LoginError {
  return new LoginError(
    `NSX at ${config.endpoint} refused the login of "${config.username}": ${messageOf(error)} Check NSX_USERNAME and NSX_PASSWORD, or nsx:username and nsx:password.`,
  );
}

function asLoggedIn(request: Request, { headers }: Login): Request {
  const sessionIds = headers.cookie.split("; ").map((cookie) => cookie.slice(cookie.indexOf("=") + 1));
  return withHeaders(request, headers, ...sessionIds, headers["x-xsrf-token"]);
}

function withHeaders(
  request: Request,
  headers: Readonly<Record<string, string>>,
  ...secrets: readonly string[]
): Request {
  return {
    ...request,
    headers: { ...request.headers, ...headers },
    secrets: [...(request.secrets ?? []), ...secrets],
  };
}
