import { json, type SimRequest, type SimResponse } from "../kit/index.ts";
import { gatewayError, gatewayPage } from "./errors.ts";
import type { NimEnvironment } from "./types.ts";

/** Client of the simulated identity provider. */
export interface OidcClient {
  tokenPath: string;
  clientId: string;
  clientSecret: string;
  scope: string;
}

export interface Auth {
  oidc: OidcClient;
  /** The user, or the gateway's answer to somebody who is not logged in. */
  authenticate(request: SimRequest): string | SimResponse;
  /** Who the request says that it is from, true or not. */
  claimedUser(request: SimRequest): string | undefined;
  /** The identity provider's token endpoint: RFC 6749, section 4.4. */
  issueToken(request: SimRequest): SimResponse;
  /** Every token given so far is worth nothing any more. */
  revokeTokens(): void;
}

/** docs/nim.md#login: Basic, or Bearer when OIDC is on, which switches Basic off for everybody. */
export function createAuth({ clock, random, switches }: NimEnvironment, passwords: Record<string, string>): Auth {
  const oidc = {
    tokenPath: "/idp/oauth2/v2.0/token",
    clientId: "nim-client",
    clientSecret: "nim-client-secret",
    scope: "api://nim-client/.default",
  };
  const tokens = new Map<string, number>();

  const basic = ({ headers }: SimRequest): [string, string] | undefined => {
    const encoded = /^Basic (.+)$/i.exec(headers.authorization ?? "")?.[1];
    const text = encoded === undefined ? "" : Buffer.from(encoded, "base64").toString("utf8");
    const colon = text.indexOf(":");
    return colon < 0 ? undefined : [text.slice(0, colon), text.slice(colon + 1)];
  };
  const bearer = ({ headers }: SimRequest) => /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];

  function refuse(): SimResponse {
    if (!switches.oidc || switches.oidcUnauthorized === 401) {
      const challenge: Record<string, string> = switches.oidc
        ? {}
        : { "www-authenticate": 'Basic realm="NGINX Instance Manager"' };
      const response = gatewayError(401, "Unauthorized");
      return { ...response, headers: { ...response.headers, ...challenge } };
    }
    // `error_page 401 = @do_oidc_flow`: also a program gets the way to the login page instead of a 401.
    const location = `/idp/oauth2/v2.0/authorize?response_type=code&client_id=${oidc.clientId}&state=${random.hex(16)}`;
    const page = gatewayPage(302, "Moved Temporarily");
    return { ...page, headers: { ...page.headers, location } };
  }

  return {
    oidc,
    authenticate: (request) => {
      if (switches.oidc) {
        const expires = tokens.get(bearer(request) ?? "");
        return expires !== undefined && expires > clock.now() ? oidc.clientId : refuse();
      }
      const [user, password] = basic(request) ?? ["", undefined];
      return Object.hasOwn(passwords, user) && passwords[user] === password ? user : refuse();
    },
    claimedUser: (request) => basic(request)?.[0] ?? (bearer(request) === undefined ? undefined : oidc.clientId),
    issueToken: (request) => {
      const form = new URLSearchParams(request.body);
      const [id, secret] = basic(request) ?? [form.get("client_id"), form.get("client_secret")];
      if (form.get("grant_type") !== "client_credentials") return json(400, { error: "unsupported_grant_type" });
      if (id !== oidc.clientId || secret !== oidc.clientSecret) return json(401, { error: "invalid_client" });
      const scope = form.get("scope");
      if (scope !== null && scope !== oidc.scope) return json(400, { error: "invalid_scope" });
      const expires = clock.now() + switches.tokenSeconds * 1000;
      const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
      const claims = { sub: id, jti: random.hex(16), exp: Math.floor(expires / 1000) };
      const token = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}.${random.hex(43)}`;
      tokens.set(token, expires);
      return json(200, { token_type: "Bearer", expires_in: switches.tokenSeconds, access_token: token });
    },
    revokeTokens: () => tokens.clear(),
  };
}
