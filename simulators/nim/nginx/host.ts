import type { NginxBinary } from "./find.ts";
import type { HostOptions, NginxHost, Verdict } from "./hostTypes.ts";
import { failedTest, syntaxProblem } from "./nginxWords.ts";
import { createRealHost } from "./realHost.ts";
import { type Disk, readTree } from "./tree.ts";

export async function createHost(binary: NginxBinary | undefined, options: HostOptions): Promise<NginxHost> {
  return binary ? createRealHost(binary, options) : createPaperHost(options);
}

/** Where there is no nginx: only what the grammar alone shows is checked, and nothing is served. */
export function createPaperHost({ configPath }: HostOptions): NginxHost {
  const test = (disk: Disk): Promise<Verdict> => {
    const tree = readTree(disk, configPath);
    const missing = `open() "${configPath}" failed (2: No such file or directory)`;
    const problem = syntaxProblem(tree) ?? (tree.files.length === 0 ? missing : undefined);
    const output = problem === undefined ? "" : failedTest(problem, configPath);
    return Promise.resolve({ ok: problem === undefined, stage: "test", output, leftOut: [] });
  };
  return { test, run: test, portFor: () => undefined, close: () => Promise.resolve() };
}
