import type { Environment, SimRequest } from "../kit/index.ts";
import type { Accounts } from "./accounts.ts";
import { certificateNotTrusted, loginRefused, type NsxError, notAuthorized } from "./errors.ts";
import type { Sessions } from "./sessions.ts";
import type { nsxSwitches } from "./switches.ts";

export interface Logins {
  /** The user of a request. @throws as NSX does when nobody vouches for it */
  authenticate(request: SimRequest): string;
  /** Whom a request claims to come from, for limits and the log. */
  claimedUser(request: SimRequest): string | undefined;
}

/** The guide's ways in. */
type Way = "session" | "basic" | "token" | "vmc" | "certificate";

/** What a request shows, by what it has; of several the first one decides. */
const shows: Record<Way, (request: SimRequest) => boolean> = {
  // A session cookie decides even beside valid Basic credentials, which some clients always send along.
  session: ({ headers }) => /(?:^|;\s*)JSESSIONID=/.test(headers.cookie ?? ""),
  vmc: ({ headers }) => headers["csp-auth-token"] !== undefined,
  token: ({ headers }) => /^Bearer /i.test(headers.authorization ?? ""),
  basic: ({ headers }) => /^Basic /i.test(headers.authorization ?? ""),
  // Beside anything else the certificate is not looked at.
  certificate: ({ clientCertificate }) => clientCertificate !== undefined,
};

export function createLogins(
  { switches }: Environment<typeof nsxSwitches>,
  accounts: Accounts,
  sessions: Sessions,
): Logins {
  const isOpen = (way: Way) => switches.login === "all" || switches.login === way;

  const userBy: Record<Way, (request: SimRequest) => string | undefined> = {
    session: (request) => sessions.authenticate(request),
    vmc: ({ headers }) => accounts.withToken(headers["csp-auth-token"] ?? "", "access"),
    token: ({ headers }) => accounts.withToken((headers.authorization ?? "").replace(/^Bearer /i, ""), "jwt"),
    basic: (request) => {
      const basic = basicCredentials(request);
      return basic && accounts.withPassword(basic.user, basic.password);
    },
    certificate: ({ clientCertificate = "" }) => accounts.withCertificate(clientCertificate),
  };

  function refused(way: Way | undefined): NsxError {
    if (way === "certificate") return certificateNotTrusted();
    return way === "vmc" || switches.login === "vmc" ? notAuthorized() : loginRefused(switches.loginFailureStatus);
  }

  function shownBy(request: SimRequest): Way[] {
    return (Object.keys(shows) as Way[]).filter((way) => shows[way](request));
  }

  return {
    authenticate: (request) => {
      const [way, ...others] = shownBy(request);
      // "Multiple authentication schemes may not be used concurrently", but for what clients were seen to do.
      const isMixed = others.some((other) => other !== "certificate" && !(way === "session" && other === "basic"));
      if (way === undefined || isMixed || !isOpen(way)) throw refused(way);
      const user = userBy[way](request);
      if (user === undefined) throw refused(way);
      return user;
    },
    claimedUser: (request) => {
      const [way] = shownBy(request);
      if (way === "session" || way === "basic") return sessions.userOf(request) ?? basicCredentials(request)?.user;
      return way && userBy[way](request);
    },
  };
}

export function basicCredentials({ headers }: SimRequest): { user: string; password: string } | undefined {
  const match = /^Basic (.+)$/i.exec(headers.authorization ?? "");
  if (!match) return undefined;
  const text = Buffer.from(match[1] ?? "", "base64").toString("utf8");
  const colon = text.indexOf(":");
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
