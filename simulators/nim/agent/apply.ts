import { resolve } from "node:path/posix";
import type { NginxHost } from "../nginx/hostTypes.ts";
import type { Disk } from "../nginx/tree.ts";
import { isAllowed, readBack } from "./readBack.ts";

/** The files of a publish by absolute path. */
export type Payload = ReadonlyMap<string, Buffer>;

export interface AgentSettings {
  configPath: string;
  configDirs: string;
}

export type Applied = { disk: Disk; leftOut: string[] } | { failure: string };

/**
 * The agent's way (docs/nim.md#the-agent): the files of the payload are laid over the host's, those that belong to the
 * current configuration and are no longer named go, nginx checks and reloads, and on failure nothing has changed.
 * `kept` are files that NIM looks after itself: managed certificates.
 */
export async function applyConfig(
  host: NginxHost,
  disk: Disk,
  payload: Payload,
  kept: ReadonlySet<string>,
  settings: AgentSettings,
): Promise<Applied> {
  const { configPath, configDirs } = settings;
  if (!payload.has(configPath)) return { failure: `Config apply failed (write): should not delete ${configPath}` };
  for (const path of payload.keys()) {
    // A path with dots in it may lead out of the folders; the agent sees where it really leads.
    if (isAllowed(resolve(path), configDirs) && resolve(path) === path) continue;
    return { failure: `Config apply failed (write): the file ${path} is outside the allowed directory list` };
  }
  const before = readBack(disk, configPath, configDirs);
  const after = new Map(disk);
  for (const path of [...before.configFiles.keys(), ...before.auxFiles.keys()]) {
    if (isAllowed(path, configDirs) && !kept.has(path)) after.delete(path);
  }
  for (const [path, content] of payload) after.set(path, content);
  return run(host, after, configPath);
}

/** Checks the files of a host with nginx and has it serve them. */
export async function run(host: NginxHost, disk: Disk, configPath: string): Promise<Applied> {
  try {
    const verdict = await host.run(disk);
    if (verdict.ok) return { disk, leftOut: verdict.leftOut };
    return { failure: describe(verdict.stage, verdict.output, configPath) };
  } catch (error) {
    // A file where another one needs a folder, for example.
    return { failure: `Config apply failed (write): ${(error as Error).message}` };
  }
}

function describe(stage: "test" | "reload", output: string, configPath: string): string {
  if (stage === "test") return `Config apply failed (write): error running nginx -t -c ${configPath}:\n${output}`;
  return `Config apply failed. Errors found during NGINX reload after applying a new configuration: ${output}`;
}
