import { dirname, isAbsolute } from "node:path/posix";
import { type Disk, readTree, resolvePath } from "../nginx/tree.ts";

/** The folders that an agent may read and write, unless configured otherwise (docs/nim.md#the-agent). */
export const defaultConfigDirs = "/etc/nginx:/usr/local/etc/nginx:/usr/share/nginx/modules:/etc/nms";

/** What an agent uploads of its host (docs/nim.md#the-agent): by path, in the order of the answer. */
export interface ReadBack {
  configFiles: Map<string, Buffer>;
  auxFiles: Map<string, Buffer>;
  /** Files that the configuration names as certificate or private key, whether they exist or not. */
  certificatePaths: Set<string>;
  keyPaths: Set<string>;
}

const certificates = /^(ssl_certificate|proxy_ssl_certificate|ssl_client_certificate|ssl_trusted_certificate)$/;
const keys = /^(ssl_certificate_key|proxy_ssl_certificate_key)$/;

export function readBack(disk: Disk, configPath: string, configDirs: string): ReadBack {
  const tree = readTree(disk, configPath, "agent");
  const configFiles = new Map(tree.files.map(({ path }) => [path, disk.get(path) as Buffer]));
  const found: ReadBack = { configFiles, auxFiles: new Map(), certificatePaths: new Set(), keyPaths: new Set() };
  const aux = new Set<string>();
  tree.walk(({ name, args: [first] }) => {
    // Paths with variables are not followed.
    if (!first || first.value.includes("$")) return;
    const path = resolvePath(configPath, first.value);
    // A relative one is in none of the allowed folders: the agent takes it as it is written.
    if (name === "root" && isAbsolute(first.value))
      for (const file of disk.keys()) if (file.startsWith(`${path.replace(/\/$/, "")}/`)) aux.add(file);
    if (keys.test(name)) found.keyPaths.add(path);
    if (!certificates.test(name)) return;
    found.certificatePaths.add(path);
    aux.add(path);
  });
  for (const path of [...aux].sort()) {
    const content = disk.get(path);
    const isReadable = isAllowed(path, configDirs) && !found.keyPaths.has(path) && !configFiles.has(path);
    if (content && isReadable) found.auxFiles.set(path, content);
  }
  return found;
}

export function isAllowed(path: string, configDirs: string): boolean {
  return configDirs.split(":").some((folder) => folder !== "" && path.startsWith(`${folder.replace(/\/$/, "")}/`));
}

/** `DirectoryMap` (docs/nim.md#bodies): what there is, by folder, without contents. */
export function directoryMap({ configFiles, auxFiles }: ReadBack, updateTime: string): Record<string, unknown> {
  const folders: Record<string, { files: { contents: string; name: string; size: number }[]; size: number }> = {};
  for (const [path, content] of [...configFiles, ...auxFiles]) {
    const name = dirname(path);
    folders[name] ??= { files: [], size: 0 };
    folders[name].files.push({ contents: "", name: path, size: content.length });
    folders[name].size += content.length;
  }
  const entries = Object.entries(folders).map(([name, folder]) => [
    name,
    { ...folder, name, permissions: "0755", updateTime },
  ]);
  return Object.fromEntries(entries);
}
