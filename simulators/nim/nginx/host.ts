import type { NginxBinary } from "./find.ts";
import type { HostOptions, NginxHost, Verdict } from "./hostTypes.ts";
import { createRealHost } from "./realHost.ts";
import { type Disk, readTree } from "./tree.ts";

export async function createHost(binary: NginxBinary | undefined, options: HostOptions): Promise<NginxHost> {
  return binary ? createRealHost(binary, options) : createPaperHost(options);
}

/** Where there is no nginx: only what the grammar alone shows is checked, and nothing is served. */
export function createPaperHost({ configPath }: HostOptions): NginxHost {
  const test = (disk: Disk): Promise<Verdict> => {
    const tree = readTree(disk, configPath);
    const broken = tree.files.find((file) => file.error);
    const problem = broken?.error
      ? `${broken.error.message} in ${broken.path}:${broken.error.line}`
      : tree.files.length === 0
        ? `open() "${configPath}" failed (2: No such file or directory)`
        : undefined;
    const failed = `nginx: configuration file ${configPath} test failed`;
    const output = problem === undefined ? "" : `nginx: [emerg] ${problem}\n${failed}\n`;
    return Promise.resolve({ ok: problem === undefined, stage: "test", output, leftOut: [] });
  };
  return { test, run: test, portFor: () => undefined, close: () => Promise.resolve() };
}
