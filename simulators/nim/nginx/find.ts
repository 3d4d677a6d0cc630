import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";

export interface NginxBinary {
  path: string;
  version: string;
  /** What `nginx -V` lists. */
  configureArguments: string[];
  /** Folders in which its dynamic modules may lie. */
  moduleFolders: string[];
}

let known: NginxBinary | undefined;

/** Finds an nginx on PATH, where Debian puts it (not on the PATH of ordinary users), or where set-up unpacks it. */
export function findNginx(): NginxBinary | undefined {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pulumi-nginx-nsx");
  const unpacked = join(cache, `nginx-${process.platform}-${process.arch}`, "sbin");
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", unpacked];
  for (const folder of folders) {
    const path = join(folder, "nginx");
    if (known?.path === path) return known;
    if (folder !== "" && isExecutable(path)) known = describe(path);
    if (known?.path === path) return known;
  }
  return undefined;
}

function describe(path: string): NginxBinary | undefined {
  const { stderr = "", status } = spawnSync(path, ["-V"], { encoding: "utf8" });
  const version = /^nginx version: \S+?\/(\S+)/m.exec(stderr)?.[1];
  if (status !== 0 || version === undefined) return undefined;
  const line = /^configure arguments: (.*)$/m.exec(stderr)?.[1] ?? "";
  const configureArguments = line.match(/--[\w-]+(='[^']*'|=\S+)?/g) ?? [];
  const compiled = configureArguments.find((argument) => argument.startsWith("--modules-path="))?.slice(15);
  const beside = join(dirname(dirname(realpathSync(path))), "lib/nginx/modules");
  const moduleFolders = [beside, compiled].filter((folder) => folder !== undefined && existsSync(folder)) as string[];
  return { path, version, configureArguments, moduleFolders };
}

/** The file of a dynamic module, e.g. `ngx_stream_module.so`. */
export function findModule(binary: NginxBinary, file: string): string | undefined {
  const folder = binary.moduleFolders.find((candidate) => readdirSync(candidate).includes(file));
  return folder && join(folder, file);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
