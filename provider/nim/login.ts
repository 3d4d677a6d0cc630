// The ways into NIM (guide: "Authentication"): a user with a password, or a token of the identity provider.
import type { Clock } from "../travel/clock.ts";
import { ApiError, hasStatus, LoginError, sentenceOf } from "../travel/errors.ts";
import { tokenExchange } from "../travel/oauth.ts";
import { createTokens, withToken } from "../travel/tokens.ts";
import type { Request, Transport } from "../travel/transport.ts";
import type { NimLogin, NimSettings } from "./settings.ts";

/** What a login knows of the server that it is shown to. */
export interface Gateway {
  readonly http: Transport;
  /** Whether the gateway has said that it takes only what an identity provider vouches for (`Nginx-Management-Suite-Auth`). */
  isOidc(): boolean;
}

/** What gets a token. */
const oidcKeys = ["oidcTokenUrl", "oidcClientId", "oidcClientSecret"];

/**
 * Sends requests as a user of NIM. A missing permission may be answered like a missing login, and with OIDC on a login that
 * is missing or has ended leads to the identity provider: each is told with what can be set.
 *
 * @param keepSecret - told each token before it can be in any message
 * @param toTokens - the way to `nim:oidcTokenUrl`
 */
export function loggedIn(
  { login, credentials, placesOf }: Pick<NimSettings, "login" | "credentials" | "placesOf">,
  { http, isOidc }: Gateway,
  clock: Clock,
  keepSecret: (secret: string) => void,
  toTokens: Transport,
): Transport {
  if (login.auth === "oidc") return withTokens(login, placesOf, http, clock, keepSecret, toTokens);
  const { authorization, what, advice } = shown(login, credentials);
  let wasTaken = false;
  return async (request) => {
    try {
      const answer = await http(withAuthorization(request, authorization));
      wasTaken = true;
      return answer;
    } catch (error) {
      if (hasStatus(error, 403)) throw explained(error, request, what);
      if (!isRefusal(error)) throw error;
      if (wasTaken && hasStatus(error, 401)) throw explained(error, request, what, advice);
      const way =
        login.auth === "basic" && (isOidc() || hasStatus(error, 302))
          ? `NIM has OIDC on, where it refuses user and password: give a token of the identity provider as ${placesOf(["token"])}, or what gets one as ${placesOf(oidcKeys)}.`
          : `${what} was refused or lacks the permission. ${advice}`;
      error.message = `${sentenceOf(error)} ${way}`;
      throw error;
    }
  };
}

/**
 * A refusal that is about what the login may. The guide has 401 for both; so that is taken for it only from somebody who was
 * let in before, and may have ended since.
 *
 * @param advice - what else it may be
 */
function explained(error: ApiError, { method }: Request, what: string, advice?: string): ApiError {
  const enough =
    method === "GET" ? '"pulumi-drift" has all that reading drift needs' : '"pulumi-up" has all that "up" needs';
  const cause =
    advice === undefined
      ? `NIM knows ${lower(what)}, so a permission is missing`
      : `NIM has taken ${lower(what)} before, so a permission is missing, or it is good no longer`;
  const other = advice === undefined ? "" : ` If it has changed meanwhile: ${advice}`;
  error.message = `${sentenceOf(error)} ${cause}. Check the user's roles: the role ${enough} (docs/nim.md, "Permissions").${other}`;
  return error;
}

const lower = (sentence: string) => sentence.charAt(0).toLowerCase() + sentence.slice(1);

function shown(
  login: Exclude<NimLogin, { auth: "oidc" }>,
  credentials: string,
): { authorization: string; what: string; advice: string } {
  if (login.auth === "token") {
    return {
      authorization: `Bearer ${login.token}`,
      what: "The token",
      advice: `It may have ended, or NIM has no OIDC on: set a fresh one as ${credentials}, or give user and password. A group of NIM has to have the name that its claims give.`,
    };
  }
  const { username, password } = login;
  return {
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
    what: `The login of "${username}"`,
    advice: `Check ${credentials}, and the user's roles.`,
  };
}

function withTokens(
  login: NimLogin & { auth: "oidc" },
  placesOf: NimSettings["placesOf"],
  http: Transport,
  clock: Clock,
  keepSecret: (secret: string) => void,
  toTokens: Transport,
): Transport {
  const { oidcTokenUrl, oidcClientId, oidcClientSecret, oidcScope } = login;
  const keys = [...oidcKeys, ...(oidcScope ? ["oidcScope"] : [])];
  const settings = keys.map((key) => `nim:${key}`);
  const places = placesOf(keys);
  const form = { grant_type: "client_credentials", ...(oidcScope ? { scope: oidcScope } : {}) };
  const credential = {
    url: oidcTokenUrl,
    form,
    account: { id: oidcClientId, secret: oidcClientSecret },
    settings,
    places,
  };
  const tokens = createTokens(tokenExchange(credential, clock, keepSecret, toTokens), clock);
  const refusedToken = (error: unknown) =>
    new LoginError(
      `${sentenceOf(error)} The token of ${oidcTokenUrl} was refused or lacks the permission. A group of NIM has to have the name that its claims give, and the role. Check ${places}.`,
    );
  return async (request) => {
    const send = (token: string) => http(withAuthorization(request, `Bearer ${token}`));
    try {
      return await withToken(tokens, request.limit, send, refusedToken, isRefusal);
    } catch (error) {
      throw hasStatus(error, 403) ? explained(error, request, `The account "${oidcClientId}"`) : error;
    }
  };
}

function withAuthorization(request: Request, authorization: string): Request {
  return { ...request, headers: { ...request.headers, authorization } };
}

/** `error_page 401` of a gateway with OIDC on sends also programs to the login page. 403 is no refusal of a login. */
function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && hasStatus(error, 401, 302);
}
