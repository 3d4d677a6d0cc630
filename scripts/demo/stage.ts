import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RunResult, Workspace } from "../../test/tools/pulumi.ts";
import { type Narration, Untrue } from "./narration.ts";
import type { Colleague, Systems, Visit } from "./systems.ts";

export interface Stage {
  narration: Narration;
  systems: Systems;
  workspace: Workspace;
  colleague: Colleague;
  colors: boolean;
  /** Lets no further command begin. */
  signal: AbortSignal;
}

/** The example that the root project runs. */
const project = "examples/edge-site";

/** What is done on the stage: each is told as it happens. */
export interface Acts {
  /** Runs a command as it is shown, but for what only makes the output longer. */
  pulumi(command: string, options?: { succeeds?: boolean; quiet?: string[] }): Promise<RunResult>;
  /** Runs a script of the example. */
  script(command: string): Promise<void>;
  /** Changes the copy of the program that runs here. */
  edit(file: string, ...changes: [before: string, after: string][]): Promise<void>;
  read(file: string): Promise<string>;
  /** Looks at the site, over HTTPS when there is an authority to trust; undefined where no nginx serves it. */
  visit(caCertificate?: string): Promise<Visit | undefined>;
}

export function actsOn({ narration, systems, workspace, colors, signal }: Stage): Acts {
  const path = (file: string) => join(workspace.folder, project, file);
  return {
    async pulumi(command, { succeeds = true, quiet = ["--suppress-outputs"] } = {}) {
      signal.throwIfAborted();
      narration.command(`pulumi ${command}`);
      const result = await workspace.run([...command.split(" "), "--suppress-progress", ...quiet], {
        expect: null,
        colors,
        onOutput: narration.output,
      });
      narration.endOutput();
      if ((result.code === 0) === succeeds) return result;
      throw new Untrue(`"pulumi ${command}" ${succeeds ? "succeeds" : "stops"}\n  found: exit status ${result.code}`);
    },

    async script(command) {
      narration.command(command);
      const [program = "", ...args] = command.split(" ");
      const { stdout } = await promisify(execFile)(program, args, { cwd: workspace.folder, env: workspace.env });
      narration.output(stdout);
      narration.endOutput();
    },

    async edit(file, ...changes) {
      let text = await readFile(path(file), "utf8");
      for (const [before, after] of changes) {
        if (text.split(before).length !== 2) throw new Error(`${project}/${file} does not have ${before} exactly once`);
        text = text.replace(before, after);
        narration.edit(`${project}/${file}`, before, after);
      }
      await writeFile(path(file), text);
    },

    read: (file) => readFile(path(file), "utf8"),

    async visit(caCertificate) {
      if (!systems.isServing()) return undefined;
      const visit = await (caCertificate === undefined ? systems.visit() : systems.visitSecurely(caCertificate));
      narration.page(visit.url, visit.status, titleOf(visit));
      return visit;
    },
  };
}

/** nginx's own pages repeat the status in it. */
function titleOf({ page, status }: Visit): string {
  const title = /<h1>(.*)<\/h1>/.exec(page)?.[1] ?? "";
  return title.replace(`${status} `, "");
}
