import { request } from "node:https";
import type { TLSSocket } from "node:tls";
import type { NimControl, NimSimulator } from "../../simulators/nim/index.ts";
import type { NsxControl, NsxSimulator } from "../../simulators/nsx/index.ts";
import { Untrue } from "./narration.ts";

export interface Simulators {
  nsx: NsxSimulator;
  nim: NimSimulator;
}

/** Somebody who works on the systems without Pulumi. */
export interface Colleague {
  nsx: Pick<NsxControl, "change" | "delete">;
  nim: Pick<NimControl, "editConfig" | "revokePermission">;
}

/** A segment as NSX answers it, as far as the scenes look into it. */
export interface Segment {
  path: string;
  display_name: string;
  subnets?: { gateway_address: string; dhcp_ranges?: string[] }[];
  tags?: { scope: string; tag: string }[];
  type: string;
  vlan_ids?: string[];
  domain_name?: string;
  replication_mode?: string;
  _last_modified_time: number;
}

export interface Role {
  metadata: { name: string; displayName: string; tags: string[] };
  roleDef: { permissions: { feature: string; accessTypes: string[] }[] };
}

export interface Visit {
  url: string;
  status: number;
  page: string;
  /** SHA-256 of the certificate that was shown. */
  fingerprint?: string | undefined;
}

/** What is on the systems, as their users see it: through their interfaces, and in a browser. */
export interface Systems {
  /** Everything on NSX. */
  nsxObjects(): readonly unknown[];
  segment(name: string): Segment;
  gatewayOf(name: string): string | undefined;
  role(): Promise<Role>;
  /** Names of the certificates and of the roles. */
  managed(): Promise<{ certificates: string[]; roles: string[] }>;
  /** Text of a file of the instance's config. */
  configFile(path: string): Promise<string>;
  /** How often anything was written. */
  writes(): number;
  /** Whether there is an nginx that serves something. */
  isServing(): boolean;
  visit(): Promise<Visit>;
  /** Over HTTPS, as somebody who trusts only this authority. */
  visitSecurely(caCertificate: string): Promise<Visit>;
}

const host = "shop.example";

export function lookAt({ nsx, nim }: Simulators): Systems {
  const instance = () => nim.control.instances()[0];

  async function get<T>(path: string): Promise<T> {
    const authorization = `Basic ${btoa(`${nim.username}:${nim.password}`)}`;
    const answer = await fetch(`${nim.url}/api/platform/v1${path}`, { headers: { authorization } });
    if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}`);
    return (await answer.json()) as T;
  }
  const items = async <T>(path: string) => (await get<{ items: T[] }>(path)).items;

  const segments = () => nsx.control.objects("/infra/segments") as unknown as Segment[];

  const systems: Systems = {
    nsxObjects: () => nsx.control.objects(),
    segment(name) {
      const found = segments().find(({ display_name }) => display_name.endsWith(`-${name}`));
      if (!found) throw new Untrue(`NSX has the segment ${name}\n  found: ${segments().map(({ path }) => path)}`);
      return found;
    },
    gatewayOf: (name) => systems.segment(name).subnets?.[0]?.gateway_address,
    async role() {
      const found = (await items<Role>("/roles")).find(({ metadata }) => metadata.displayName.startsWith("Operators"));
      if (!found) throw new Untrue("NIM has the role of the operators");
      return found;
    },
    managed: async () => ({
      certificates: (await items<{ name: string }>("/certs")).map(({ name }) => name),
      roles: (await items<Role>("/roles")).map(({ metadata }) => metadata.name),
    }),
    async configFile(path) {
      const { systemUid, instanceUid } = instance() ?? {};
      const config = await get<{ configFiles: { files: { name: string; contents: string }[] } }>(
        `/systems/${systemUid}/instances/${instanceUid}/config`,
      );
      const file = config.configFiles.files.find(({ name }) => name === path);
      return Buffer.from(file?.contents ?? "", "base64").toString();
    },
    writes: () => nsx.control.history.all().length + nim.control.history.all().length,
    isServing: () => instance()?.url !== undefined,
    async visit() {
      const url = `${instance()?.url}/`;
      const answer = await fetch(url, { headers: { connection: "close" } });
      return { url, status: answer.status, page: await answer.text() };
    },
    visitSecurely: (caCertificate) => secureVisit(`${instance()?.httpsUrl}/`, caCertificate),
  };
  return systems;
}

/** As a browser does that finds the name in the DNS: it asks for this name, and the certificate must be for it. */
function secureVisit(url: string, ca: string): Promise<Visit> {
  return new Promise((resolve, reject) => {
    const visit = request(url, { ca, servername: host, headers: { host }, agent: false }, (answer) => {
      const { fingerprint256: fingerprint } = (answer.socket as TLSSocket).getPeerCertificate();
      let page = "";
      answer.setEncoding("utf8").on("data", (text) => {
        page += text;
      });
      answer.on("end", () =>
        resolve({ url: `https://${host} on ${new URL(url).host}`, status: answer.statusCode ?? 0, page, fingerprint }),
      );
    });
    visit.on("error", reject).end();
  });
}
