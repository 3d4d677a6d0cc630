import { json, type SimResponse } from "../kit/index.ts";
import { apiDocument } from "./apiDocument.ts";
import { notFound, notPermitted } from "./errors.ts";
import { allows, type Role } from "./roles.ts";
import type { NsxSwitches } from "./switches.ts";

/** What clients ask before they start to work: is the node up, which version, which limits has a type, who are they. */
export function nodeApi(
  method: string,
  path: string,
  switches: NsxSwitches,
  account: { user: string; role: string; permissions: Role },
): SimResponse | undefined {
  if (method !== "GET") return undefined;
  if (path === "/api/v1/node/services/http") return httpService(switches, account.permissions);
  // Clients of the Policy API ask for the same below /policy.
  switch (path.replace(/^\/policy\//, "/")) {
    case "/api/v1/reverse-proxy/node/health":
      return json(200, { healthy: true, components_health: "MANAGER:UP, POLICY:UP, SEARCH:UP, UI:UP" });
    case "/api/v1/node":
      return json(200, {
        node_version: switches.version,
        product_version: switches.version,
        hostname: "nsx-simulator",
      });
    case "/api/v1/node/version":
      return json(200, { node_version: switches.version, product_version: switches.version });
    case "/api/v1/aaa/user-info":
      return json(200, { user_name: account.user, roles: [{ role: account.role }] });
    case "/api/v1/spec/openapi/nsx_policy_api.json": {
      const document = apiDocument(switches);
      return document && json(200, document);
    }
    case "/api/v1/spec/vmware/types/Tag":
      return json(200, {
        id: "Tag",
        properties: { scope: { type: "string", maxLength: 128 }, tag: { type: "string", maxLength: 256 } },
      });
    case "/api/v1/spec/vmware/types/ManagedResource":
      return json(200, {
        id: "ManagedResource",
        properties: {
          display_name: { type: "string", maxLength: 255 },
          description: { type: "string", maxLength: 1024 },
          tags: { type: "array", maxItems: 30 },
        },
      });
    default:
      return undefined;
  }
}

/** "NodeHttpServiceProperties", with the limits that are really kept. Appliances are a feature of their own. */
function httpService(switches: NsxSwitches, permissions: Role): SimResponse {
  const { requestsPerSecond, clientConcurrency, totalConcurrency, sessionIdleTimeout } = switches;
  if (switches.httpService === "absent") throw notFound("/api/v1/node/services/http");
  const needed = switches.httpService === "readers" ? "read" : "update";
  if (!allows(permissions, "appliances", needed)) throw notPermitted(`${needed} of appliances`);
  return json(200, {
    service_name: "http",
    service_properties: {
      basic_authentication_enabled: true,
      client_api_concurrency_limit: clientConcurrency,
      client_api_rate_limit: requestsPerSecond,
      connection_timeout: 30,
      cookie_based_authentication_enabled: true,
      global_api_concurrency_limit: totalConcurrency,
      redirect_host: "",
      session_timeout: sessionIdleTimeout,
    },
  });
}
