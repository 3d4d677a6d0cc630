import type { SimRequest } from "../../simulators/kit/index.ts";
import { startNsxSimulator } from "../../simulators/nsx/index.ts";
import type { Properties } from "../tools/stack.ts";
import type { Json, Site, Subject } from "./site.ts";

const id = "border";
const path = `/infra/segments/${id}`;
const api = "/policy/api/v1";

const args = {
  segmentId: id,
  displayName: "border",
  description: "as made",
  subnets: [
    {
      gatewayAddress: "10.1.1.1/24",
      dhcpRanges: ["10.1.1.10-10.1.1.20"],
      dhcpConfig: {
        serverAddress: "10.1.1.2/24",
        dnsServers: ["10.1.1.3"],
        options: { others: [{ code: 42, values: ["10.1.1.4"] }] },
      },
    },
  ],
  addressBindings: [{ ipAddress: "10.1.1.30", macAddress: "00:50:56:00:00:01" }],
  extraConfigs: [{ configPair: { key: "team", value: "net" } }],
  tags: [{ scope: "env", tag: "prod" }],
};

function missing(live: Json | undefined, { description, subnets, tags }: Properties): string | undefined {
  if (!live) return "there is no segment";
  if (live.description !== description) return `description is ${JSON.stringify(live.description)}`;
  const [subnet] = (live.subnets ?? []) as Json[];
  const [wanted] = subnets as { gatewayAddress: string }[];
  if (subnet?.gateway_address !== wanted?.gatewayAddress) return `subnets are ${JSON.stringify(live.subnets)}`;
  const there = (live.tags ?? []) as Json[];
  const lacks = (tags as Json[]).some(
    (tag) => !there.some((other) => other.scope === tag.scope && other.tag === tag.tag),
  );
  return lacks ? `tags are ${JSON.stringify(there)}` : undefined;
}

/** A tree may name nothing but the segment and what it stands in. */
function isOwnTree(body: string): boolean {
  const { children } = JSON.parse(body) as { children: { Segment?: Json }[] };
  return children.every(({ Segment }) => Segment?.id === id);
}

function isOwn({ method, path: asked, body }: SimRequest): boolean {
  const { origin, pathname, searchParams } = new URL(asked, "https://own.invalid");
  if (origin !== "https://own.invalid" || !asked.startsWith("/")) return false;
  if (/^\/api\/session\/(create|destroy)$/.test(pathname)) return method === "POST";
  if (method === "PATCH" && pathname === `${api}/infra`) return isOwnTree(body);
  if (pathname === api + path) return ["GET", "PUT", "DELETE", "PATCH"].includes(method);
  if (method !== "GET") return false;
  // Of others that are looked up at the same time (`crowdedProvider`).
  if (/\/infra\/segments\/other-\d+$/.test(pathname)) return true;
  if (pathname === `${api}/infra/realized-state/status`) return searchParams.get("intent_path") === path;
  const lists = ["/infra/segments", "/infra/segments/state", "/search/query", "/search", `${path}/state`];
  return lists.some((list) => pathname === api + list);
}

export const segment = (strategy: "put" | "hierarchical"): Subject => ({
  name: `NsxSegment ${strategy}`,
  provider: "NsxSegment",
  type: "pulumi-nodejs:dynamic/nsx:NsxSegment",
  async start(number, now): Promise<Site> {
    const password = `Canary-nsx-${number}-password!`;
    const { handle, control, username, close } = await startNsxSimulator({ port: false, now, password });
    const live = () => control.object(path) as Json | undefined;
    let others = false;
    return {
      handle,
      environment: {
        NSX_ENDPOINT: `https://nsx-${number}.invalid`,
        NSX_USERNAME: username,
        NSX_PASSWORD: password,
        NSX_WRITE_STRATEGY: strategy,
        NSX_TIMEOUT: "30",
      },
      args,
      changed: { ...args, description: "changed" },
      adopting: { ...args, adopt: true },
      makeByHand() {
        others = true;
        control.change(path, { display_name: "by hand", replication_mode: "SOURCE" }, "alice");
      },
      touch() {
        others = true;
        control.change(path, { replication_mode: "SOURCE" }, "alice");
      },
      missing: (wanted) => missing(live(), wanted),
      exists: () => live() !== undefined,
      keepsOthers: () => !others || live()?.replication_mode === "SOURCE",
      isOwn,
      secrets: { password, basic: Buffer.from(`${username}:${password}`).toString("base64") },
      close,
    };
  },
});
