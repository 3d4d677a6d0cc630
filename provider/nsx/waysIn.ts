import type { Clock } from "../travel/clock.ts";
import type { Transport } from "../travel/transport.ts";
import { cookieSession } from "./cookieSession.ts";
import { fixedLogin } from "./fixedLogin.ts";
import { toManagers } from "./managers.ts";
import type { Session } from "./session.ts";
import type { NsxSettings } from "./settings.ts";
import { vmcLogin } from "./vmcLogin.ts";

/**
 * Adds credentials to each request, in the one way that is configured: the guide forbids to mix them ("Authentication").
 *
 * A session belongs to one manager, so each has its own login and never another one's cookies.
 *
 * @param toTokens - the way to whoever exchanges tokens, which believes no certificate because the manager's is believed
 */
export function createSession(
  config: NsxSettings,
  http: Transport,
  clock: Clock,
  keepSecret: (secret: string) => void,
  toTokens: Transport,
): Session {
  const sessions = new Map<string, Session>();
  const open = wayIn(config, clock, keepSecret, toTokens);

  function sessionAt(manager: string): Session {
    const session = sessions.get(manager) ?? open(manager, (request) => http({ ...request, origin: manager }));
    sessions.set(manager, session);
    return session;
  }

  return {
    send: toManagers(config.managers, (manager, request) => sessionAt(manager).send(request)),
    async end() {
      await Promise.all([...sessions.values()].map((session) => session.end()));
    },
  };
}

function wayIn(
  { login, credentials, placesOf }: NsxSettings,
  clock: Clock,
  keepSecret: (secret: string) => void,
  toTokens: Transport,
): (manager: string, http: Transport) => Session {
  switch (login.auth) {
    case "session":
      return (manager, http) => cookieSession({ ...login, credentials }, manager, http, clock, keepSecret);
    case "vmc":
      return vmcLogin(login, placesOf, clock, keepSecret, toTokens);
    default:
      return (manager, http) => fixedLogin({ ...login, credentials }, manager, http);
  }
}
