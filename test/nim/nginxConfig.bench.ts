import { expect } from "vitest";
import type { NimSimulatorOptions } from "../../simulators/nim/index.ts";
import type { Bench } from "../tools/lifecycleSuite.ts";
import type { Properties } from "../tools/stack.ts";
import { api, type NimBench, startNimBench } from "./nim.bench.ts";

export const mainFile = "/etc/nginx/nginx.conf";
export const siteFile = "/etc/nginx/conf.d/shop.conf";
export const pageFile = "/etc/nginx/html/index.html";

export const main = `events {}
http {
    include /etc/nginx/conf.d/*.conf;
}
`;

export const site = (greeting: string) => `server {
    listen 80;
    location /greeting { return 200 "${greeting}\\n"; }
    location / { root /etc/nginx/html; }
}
`;

export const files = { [mainFile]: main, [siteFile]: site("hello") };
export const auxFiles = { [pageFile]: "<h1>Grüße</h1>\r\n<p>no newline at the end" };
const baseline = { [mainFile]: "events {}\n" };

/** A simulated NIM with two instances, one of which a stack configures; or the group of both. */
export async function startConfigBench(
  target: "instance" | "group",
  options: NimSimulatorOptions = {},
): Promise<Bench & NimBench> {
  const systems = [{ hostname: "web-1" }, { hostname: "web-2" }];
  const nim = await startNimBench({ systems, nginx: false, ...options });
  const { control, instances, instanceGroup } = nim.simulator;
  const [first, second] = instances.map(({ systemUid, instanceUid }) => ({ systemUid, instanceUid }));
  const where = target === "instance" ? { instance: first } : { instanceGroup };
  const elsewhere = target === "instance" ? { instance: second } : { instance: first };
  // Each instance starts with files that came with its package.
  const args: Properties = { ...where, files, auxFiles, onDelete: baseline, adopt: true };
  const pathOf = (instance: typeof first) => `/systems/${instance?.systemUid}/instances/${instance?.instanceUid}`;
  const contentOf = (id: string): Properties | undefined => {
    const last = control.history.of(`${api}${id}/config`).at(-1)?.body as WireConfig | undefined;
    if (!last) return undefined;
    const all = [...last.configFiles.files, ...last.auxFiles.files];
    return Object.fromEntries(all.map(({ name, contents }) => [name, Buffer.from(contents, "base64").toString()]));
  };
  const isOurs = (id: string) => siteFile in (contentOf(id) ?? {});
  const publish = `POST ${api}/**/config`;
  return {
    ...nim,
    args,
    changed: { args: { ...args, files: { ...files, [siteFile]: site("good morning") } }, field: "files" },
    replaced: { ...elsewhere, files, auxFiles, onDelete: baseline, adopt: true },
    rephrased: { ...args, files: Object.fromEntries(Object.entries(files).reverse()) },
    other: {
      async changeManaged() {
        const editTarget = target === "group" ? "web" : "web-1";
        await control.editConfig({
          target: editTarget,
          path: siteFile,
          content: site("pwned"),
          via: "ui",
          user: "alice",
        });
        return "files";
      },
    },
    lookup: {
      shown: { instance: null, instanceGroup: null, ...where, files, auxFiles, externalId: expect.anything() },
      absent: "/instance-groups/8f3c1d52-4a7e-4a43-9d0a-0f9b0f0a6c11",
      malformed: [
        "8f3c1d52-4a7e-4a43-9d0a-0f9b0f0a6c11",
        "/instance-groups/",
        "/instance-groups/..",
        "/instance-groups/a b",
        "/systems/8f3c1d52-4a7e-4a43-9d0a-0f9b0f0a6c11",
        "/systems/a/instances/",
        "/systems/a/instances/b/config",
        `${api}/instance-groups/${instanceGroup}`,
      ],
      ids: /The id of a config is \/systems\/<systemUid>\/instances\/<instanceUid>, or \/instance-groups\/<uid>\.$/,
    },
    live: contentOf,
    count: () =>
      [`/instance-groups/${instanceGroup}`, ...[first, second].map(pathOf)].filter(isOurs).length > 0 ? 1 : 0,
    writes: { create: publish, update: publish, delete: publish },
  };
}

interface WireConfig {
  configFiles: { files: { name: string; contents: string }[] };
  auxFiles: { files: { name: string; contents: string }[] };
}
