// VMware Cloud: "you always exchange your API token for a limited-duration authentication token" (guide). An OAuth app is
// the second form of the same.
import type { Clock } from "../travel/clock.ts";
import { type Credential, tokenExchange } from "../travel/oauth.ts";
import { createTokens, withToken } from "../travel/tokens.ts";
import type { Transport } from "../travel/transport.ts";
import { loginError, type Session, withHeaders } from "./session.ts";
import type { NsxLogin, NsxSettings } from "./settings.ts";

type Vmc = Extract<NsxLogin, { auth: "vmc" }>;
type PlacesOf = NsxSettings["placesOf"];

/**
 * @param toTokens - the way to `nsx:vmcAuthUrl`
 * @returns the session at a manager; all managers are shown the same token
 */
export function vmcLogin(
  login: Vmc,
  placesOf: PlacesOf,
  clock: Clock,
  keepSecret: (secret: string) => void,
  toTokens: Transport,
): (manager: string, http: Transport) => Session {
  const credential = credentialOf(login, placesOf);
  const tokens = createTokens(tokenExchange(credential, clock, keepSecret, toTokens), clock);
  const advice = `The account needs a role for NSX in the organization of this SDDC. Check ${credential.places}.`;
  return (manager, http) => ({
    send: (request) =>
      withToken(
        tokens,
        request.limit,
        (token) => http(withHeaders(request, { "csp-auth-token": token })),
        (error) => loginError(manager, `the token that ${login.vmcAuthUrl} gave`, error, advice),
      ),
    end: async () => {},
  });
}

function credentialOf(login: Vmc, placesOf: PlacesOf): Credential {
  const from = (...keys: string[]) => ({ settings: keys.map((key) => `nsx:${key}`), places: placesOf(keys) });
  const at = (path: string) => `${login.vmcAuthUrl}/csp/gateway/am/api/auth/${path}`;
  if ("vmcRefreshToken" in login) {
    return {
      url: at("api-tokens/authorize"),
      form: { refresh_token: login.vmcRefreshToken },
      ...from("vmcRefreshToken", "vmcAuthUrl"),
    };
  }
  return {
    url: at("authorize"),
    form: { grant_type: "client_credentials" },
    account: { id: login.vmcClientId, secret: login.vmcClientSecret },
    ...from("vmcClientId", "vmcClientSecret", "vmcAuthUrl"),
  };
}
