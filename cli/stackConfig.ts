import { execFile } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "./command.ts";

/** Whose configuration counts. */
export interface Where {
  /** `undefined`: the one that is selected. */
  readonly stack: string | undefined;
  /** The project's folder. */
  readonly cwd: string;
}

export const whereOptions = { stack: { type: "string" }, cwd: { type: "string" } } as const;

export const whereHelp = `  --stack <name>      the stack whose configuration counts; default: the one that is selected
  --cwd <folder>      the project's folder; default: this one`;

/** @throws a {@link UsageError} for a folder that is not there, and for an empty name, as a variable that is not set gives it */
export function readWhere({
  stack,
  cwd = process.cwd(),
}: {
  stack?: string | undefined;
  cwd?: string | undefined;
}): Where {
  if (stack === "") throw new UsageError("--stack names no stack");
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`--cwd: there is no folder ${cwd}`);
  }
  return { stack, cwd };
}

/** What a stack's configuration says, by whole key, such as `nsx:endpoint`. */
export interface StackConfig {
  readonly values: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  /** Why it could not be read; then only the environment tells. */
  readonly unread?: string;
}

interface Value {
  value?: string;
  secret?: boolean;
}

/** Whether a folder, or one above it, is a project of Pulumi's. */
export function hasProject(folder: string): boolean {
  const here = resolve(folder);
  if (["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"].some((name) => existsSync(join(here, name)))) return true;
  return dirname(here) !== here && hasProject(dirname(here));
}

/** Reads it as Pulumi's own CLI shows it, which knows backends, secrets and what the project sets for all its stacks. */
export async function readStackConfig(folder: string, stack: string | undefined): Promise<StackConfig> {
  const unread = (why: string) => ({ values: {}, secrets: [], unread: why });
  if (!hasProject(folder)) return unread("there is no Pulumi.yaml here or above");
  const { code, stdout, stderr } = await runPulumi(folder, ["config", "--json", "--show-secrets", ...ofStack(stack)]);
  if (code === "ENOENT") return unread("there is no pulumi on the PATH");
  if (code !== 0) return unread(`pulumi config says "${lastLine(stderr) || lastLine(stdout) || code}"`);
  const entries = Object.entries(JSON.parse(stdout) as Record<string, Value>);
  return {
    values: Object.fromEntries(entries.flatMap(([key, { value }]) => (value === undefined ? [] : [[key, value]]))),
    secrets: entries.flatMap(([, { value, secret }]) => (secret && value !== undefined ? [value] : [])),
  };
}

export const ofStack = (stack: string | undefined) => (stack === undefined ? [] : ["--stack", stack]);

/** The last line that says something; Pulumi begins those of errors with the word. */
export function lastLine(text: string): string {
  return (text.trim().split("\n").at(-1) ?? "").replace(/^error: /, "");
}

/** Minutes after which Pulumi is given up. */
const patience = 10;

/** @returns code is the exit code, or what kept it from starting */
export function runPulumi(
  folder: string,
  args: readonly string[],
): Promise<{ code: number | string; stdout: string; stderr: string }> {
  return new Promise((done) => {
    const options = {
      cwd: folder,
      timeout: patience * 60_000,
      maxBuffer: 256 * 1024 * 1024,
      env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    };
    execFile("pulumi", [...args, "--non-interactive"], options, (error, stdout, stderr) =>
      done({ code: error ? (error.code ?? error.signal ?? "unknown") : 0, stdout, stderr }),
    );
  });
}
