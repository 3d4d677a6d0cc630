import { json, type SimResponse } from "../kit/index.ts";
import { apiDocument } from "./apiDocument.ts";
import type { NsxSwitches } from "./switches.ts";

/** What clients ask before they start to work: is the node up, which version, which limits has a type, who are they. */
export function nodeApi(
  method: string,
  path: string,
  switches: NsxSwitches,
  account: { user: string; role: string },
): SimResponse | undefined {
  if (method !== "GET") return undefined;
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
