// Where VMware Cloud exchanges what lasts for a token that ends (guide: the section on VMC). A real one is on another host.
import { type Environment, json, type SimRequest, type SimResponse } from "../kit/index.ts";
import type { Accounts } from "./accounts.ts";
import { basicCredentials } from "./logins.ts";
import type { nsxSwitches } from "./switches.ts";

const root = "/csp/gateway/am/api/auth/";

export const isTokenEndpoint = (path: string) => path.startsWith(root);

export function createTokenEndpoint(
  { random, switches }: Environment<typeof nsxSwitches>,
  accounts: Accounts,
): (request: SimRequest, path: string) => SimResponse {
  function issue(user: string, more: Record<string, string> = {}): SimResponse {
    const seconds = switches.tokenLifetime;
    return json(200, {
      access_token: accounts.issueToken(user, "access", seconds),
      token_type: "bearer",
      expires_in: seconds,
      scope: "ALL_PERMISSIONS",
      ...more,
    });
  }

  function refused(status: number, message: string): SimResponse {
    return json(status, {
      moduleCode: 340,
      metadata: null,
      traceId: random.hex(16),
      statusCode: status,
      message,
      requestId: random.uuid(),
    });
  }

  return (request, path) => {
    if (!["all", "vmc"].includes(switches.login)) return refused(404, "Not found");
    if (request.method !== "POST") return refused(405, "Method not allowed");
    if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(request.headers["content-type"] ?? "")) {
      return refused(415, "The content type is not a form's");
    }
    const form = new URLSearchParams(request.body);
    switch (path.slice(root.length)) {
      case "api-tokens/authorize": {
        const apiToken = form.get("refresh_token") ?? "";
        const user = accounts.withApiToken(apiToken);
        // The answer has the API token once more.
        if (user !== undefined) return issue(user, { refresh_token: apiToken });
        return refused(400, `invalid_grant: Invalid refresh token: ${apiToken}`);
      }
      case "authorize": {
        const app = basicCredentials(request);
        const user = app && accounts.withApp(decoded(app.user), decoded(app.password));
        if (user === undefined) {
          return json(401, { error: "invalid_client", error_description: "Client authentication failed" });
        }
        if (form.get("grant_type") === "client_credentials") return issue(user);
        return json(400, { error: "unsupported_grant_type" });
      }
      default:
        return refused(404, "Not found");
    }
  };
}

/** RFC 6749, 2.3.1: both parts come encoded as in a form. */
const decoded = (part: string) => new URLSearchParams(`part=${part.replaceAll("&", "%26")}`).get("part") ?? "";
