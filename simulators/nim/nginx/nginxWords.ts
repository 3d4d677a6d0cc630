import type { ConfigTree } from "./tree.ts";

/** What the grammar alone shows, as nginx says it. */
export function syntaxProblem({ files }: ConfigTree): string | undefined {
  const broken = files.find((file) => file.error);
  return broken?.error && `${broken.error.message} in ${broken.path}:${broken.error.line}`;
}

/** How `nginx -t` ends. */
export const failedTest = (problem: string, configPath: string) =>
  `nginx: [emerg] ${problem}\nnginx: configuration file ${configPath} test failed\n`;
