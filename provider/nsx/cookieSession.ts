import type { Clock } from "../travel/clock.ts";
import { hasStatus, LoginError } from "../travel/errors.ts";
import { TimeUp, timeLimit, within } from "../travel/timeLimit.ts";
import type { Answer, Request, Transport } from "../travel/transport.ts";
import { loginError, type Session, withHeaders } from "./session.ts";
import type { NsxLogin } from "./settings.ts";

type Password = Extract<NsxLogin, { auth: "session" }> & { readonly credentials: string };

interface Login {
  readonly headers: Readonly<Record<"cookie" | "x-xsrf-token", string>>;
}

interface Live extends Login {
  /** When it was last seen to be good. */
  servedAt: number;
}

/** What a login needs to know of the request that it is for. */
type Occasion = Pick<Request, "limit" | "hasAlternative">;

export const loginPath = "/api/session/create";

/** Milliseconds for which a session that was made or served is taken to live; NSX ends it after 30 minutes of silence. */
const surelyLives = 5 * 60_000;

/**
 * One login a process, with the first request.
 *
 * "When the session expires, the manager will respond with a 403 Forbidden" (guide: "Session-Based Authentication"), but
 * so it does to a user without the permission, and no code tells the two apart for sure. A fresh session does: where it is
 * refused as well, it was the permission, and the same answer to a session that surely lives is no reason to log in again.
 */
export function cookieSession(
  user: Password,
  manager: string,
  http: Transport,
  clock: Clock,
  keepSecret: (secret: string) => void,
): Session {
  let login: Promise<Live> | undefined;
  /** Refusals that a fresh session was made for, and that have not turned out to be about the session. */
  const diagnosed = new Set<string>();
  const endings: Promise<unknown>[] = [];

  async function logInAndKeep(occasion: Occasion): Promise<Live> {
    const login = await logIn(user, manager, http, occasion);
    secretsOf(login).forEach(keepSecret);
    return { ...login, servedAt: clock.elapsed() };
  }

  function logInOnce(occasion: Occasion): Promise<Live> {
    const replaced = login;
    const started = logInAndKeep(occasion);
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
  async function loggedIn(used: Promise<Live>, { limit }: Occasion): Promise<Live | undefined> {
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
    const used = known ?? logInOnce(request);
    const current = known ? await loggedIn(known, request) : await used;
    if (!current) return await send(request);
    try {
      return await sendIn(current, request);
    } catch (error) {
      if (request.once || !hasStatus(error, 401, 403)) throw error;
      // Somebody else was refused first, and has a fresh session.
      if (login !== undefined && login !== used) return await send(request);
      const refusal = `${error.status} ${error.code ?? ""}`;
      if (diagnosed.has(refusal) && clock.elapsed() - current.servedAt < surelyLives) throw error;
      diagnosed.add(refusal);
      const fresh = await logInOnce(request);
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

async function logIn(user: Password, manager: string, http: Transport, occasion: Occasion): Promise<Login> {
  const { limit, hasAlternative } = occasion;
  const request: Request = {
    method: "POST",
    path: loginPath,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ j_username: user.username, j_password: user.password }).toString(),
    repeatable: true,
    ...(hasAlternative && { hasAlternative }),
    limit,
  };
  try {
    const answer = await http(request);
    const cookies = [answer.headers["set-cookie"] ?? []].flat() as string[];
    const cookie = cookies.map((text) => text.split(";", 1)[0]).join("; ");
    const token = answer.headers["x-xsrf-token"];
    if (!cookie || typeof token !== "string") {
      throw new Error(`${manager} answered the login without a session. Is it an NSX manager?`);
    }
    return { headers: { cookie, "x-xsrf-token": token } };
  } catch (error) {
    if (!hasStatus(error, 401, 403)) throw error;
    throw loginError(manager, `the login of "${user.username}"`, error, `Check ${user.credentials}.`);
  }
}

function asLoggedIn(request: Request, { headers }: Login): Request {
  return withHeaders(request, headers);
}

function secretsOf({ headers }: Login): string[] {
  const sessionIds = headers.cookie.split("; ").map((cookie) => cookie.slice(cookie.indexOf("=") + 1));
  return [...sessionIds, headers["x-xsrf-token"]];
}
