import type { Disk } from "./tree.ts";

/** What nginx said; `output` as it stands on a terminal, with the paths of the simulated host. */
export interface Verdict {
  ok: boolean;
  /** Where it went wrong: the check or the reload. */
  stage: "test" | "reload";
  output: string;
  /** What was left out before the check because only NGINX Plus knows it. */
  leftOut: string[];
}

/** The nginx of one simulated instance. Its calls must not overlap. */
export interface NginxHost {
  /** `nginx -t` for these files; nothing changes. */
  test(disk: Disk): Promise<Verdict>;
  /** Checks the files, and makes them the running ones if they are right. */
  run(disk: Disk): Promise<Verdict>;
  /** The loopback port that stands for this port of the machine; undefined where nothing was ever served on it. */
  portFor(port: number): number | undefined;
  close(): Promise<void>;
}

export interface HostOptions {
  folder: string;
  configPath: string;
  plus: boolean;
}
