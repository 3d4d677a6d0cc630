// The workflows that the documents show, run as they stand: each command of theirs, with their environment and nothing else
// to log in with. What a runner does by itself (checking out, installing Node and the CLI) is stepped over.
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type NimSimulator, startNimSimulator } from "../../simulators/nim/index.ts";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { Workspace } from "../tools/pulumi.ts";
import { segmentsOf } from "./stack.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly if?: string;
  readonly run?: string;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly jobs: Readonly<Record<string, { readonly env: Readonly<Record<string, string>>; readonly steps: Step[] }>>;
}

/** The workflows in a document: what is YAML and has jobs. */
async function workflowsIn(document: string): Promise<Workflow[]> {
  const text = await readFile(join(root, document), "utf8");
  const blocks = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = ""]) => parse(block));
  return blocks.filter((block) => "jobs" in block);
}

async function workflowIn(document: string): Promise<Workflow> {
  const [workflow, ...others] = await workflowsIn(document);
  if (!workflow || others.length > 0) throw new Error(`${document} has not just one workflow`);
  return workflow;
}

const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);

interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** What becomes of a workflow at an event, as GitHub runs it: step by step, until one fails. */
async function runAt(
  event: string,
  { on, jobs }: Workflow,
  secrets: Readonly<Record<string, string>>,
  { folder, env }: Workspace,
): Promise<Outcome> {
  expect(Object.keys(on)).toContain(event);
  let output = "";
  for (const job of Object.values(jobs)) {
    const given = Object.entries(job.env).map(([name, value]) => [
      name,
      value.replace(/\$\{\{ secrets\.(\w+) \}\}/g, (_, secret: string) => secrets[secret] ?? ""),
    ]);
    for (const { run, if: condition } of job.steps) {
      const wanted = condition === undefined ? event : /^github\.event_name == '(\w+)'$/.exec(condition)?.[1];
      expect(wanted, condition).toBeDefined();
      // The packed package is installed already, which no registry has.
      if (run === undefined || run === "npm ci" || wanted !== event) continue;
      const options = { cwd: folder, env: { ...env, ...Object.fromEntries(given), CI: "true" } };
      const step = await promisify(execFile)("bash", ["-e", "-c", run], options).then(
        ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
        ({ code, stdout, stderr }) => ({ code: Number(code), output: stdout + stderr }),
      );
      output += step.output;
      if (step.code !== 0) return { code: step.code, output };
    }
  }
  return { code: 0, output };
}

const documents = ["README.md", "docs/ci.md", "examples/certificate-rotation/README.md"];

describe.each(documents)("the workflow in %s", (document) => {
  test("has a Node that is new enough, a pinned CLI, and no credentials but secrets", async () => {
    const workflow = await workflowIn(document);
    const used = Object.fromEntries(
      stepsOf(workflow).flatMap(({ uses, with: given }) => (uses ? [[uses, given]] : [])),
    );
    const setup = await readFile(join(root, "scripts/setup/pulumi.mjs"), "utf8");
    expect(used).toMatchObject({
      "actions/checkout@v5": undefined,
      "actions/setup-node@v5": { "node-version": 24 },
      // The one with which everything here is tested.
      "pulumi/actions@v6": { "pulumi-version": /^const version = "(.*)";$/m.exec(setup)?.[1] },
    });
    for (const { env } of Object.values(workflow.jobs)) {
      for (const [name, value] of Object.entries(env)) {
        if (/PASSWORD|TOKEN/.test(name)) expect(value).toBe(`\${{ secrets.${name} }}`);
      }
    }
  });
});

describe("with a stack of segments", { timeout: 900_000 }, () => {
  let nsx: NsxSimulator;
  let stack: Workspace;
  beforeEach(async () => {
    nsx = await startNsxSimulator({ users: { pulumi: "Of-the-pipeline-1" } });
    const folder = join(root, "examples/nsx-segment");
    const config = { "nsx:endpoint": nsx.url };
    stack = await Workspace.create({ folder, stack: "prod", install: "tarball", config });
  });
  afterEach(async () => {
    await stack?.remove();
    await nsx?.close();
  });
  const secrets = { NSX_PASSWORD: "Of-the-pipeline-1", NIM_PASSWORD: "unused", PULUMI_ACCESS_TOKEN: "unused" };

  test("a pull request is looked at, what is merged is deployed, and drift is found by the hour", async () => {
    const workflow = await workflowIn("docs/ci.md");

    const preview = await runAt("pull_request", workflow, secrets, stack);
    expect(preview).toMatchObject({ code: 0, output: expect.stringContaining("+ 4 to create") });
    expect(nsx.control.requests.all()).toEqual([]);

    expect(await runAt("push", workflow, secrets, stack)).toMatchObject({ code: 0 });
    expect(segmentsOf(nsx)).toHaveLength(3);
    expect(await runAt("schedule", workflow, secrets, stack)).toMatchObject({ code: 0 });

    const [first = ""] = segmentsOf(nsx);
    nsx.control.change(first, { description: "changed by hand" }, "alice");
    for (const each of [workflow, await workflowIn("README.md")]) {
      const found = await runAt("schedule", each, secrets, stack);
      expect(found.code).toBe(7);
      expect(found.output).toContain("changed by hand");
      expect(found.output).toContain("alice");
    }
  });
});

describe("with a certificate that ends", { timeout: 900_000 }, () => {
  let nim: NimSimulator;
  let stack: Workspace;
  let remote: string;
  const git = async (...args: string[]) =>
    (await promisify(execFile)("git", args, { cwd: stack.folder, env: stack.env })).stdout.trim();

  beforeEach(async () => {
    nim = await startNimSimulator({ users: { pulumi: "Of-the-pipeline-1" } });
    const folder = join(root, "examples/certificate-rotation");
    stack = await Workspace.create({ folder, stack: "prod", config: { "nim:endpoint": nim.url } });
    remote = await mkdtemp(join(tmpdir(), "remote-"));
    // As a runner has it: a clone in which nobody has said who commits.
    Object.assign(stack.env, { HOME: remote, GIT_CONFIG_NOSYSTEM: "1" });
    await git("init", "--quiet", "--bare", "--initial-branch=main", join(remote, "repository"));
    await git("init", "--quiet", "--initial-branch=main");
    await git("add", "--all", ":!node_modules");
    await git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", "First");
    await git("remote", "add", "origin", join(remote, "repository"));
    await git("push", "--quiet", "--set-upstream", "origin", "main");
  });
  afterEach(async () => {
    await stack?.remove();
    await nim?.close();
    await rm(remote, { recursive: true, force: true });
  });
  const secrets = { NIM_PASSWORD: "Of-the-pipeline-1", PULUMI_ACCESS_TOKEN: "unused" };
  const inGit = async () => {
    const text = await git("show", "origin/main:Pulumi.prod.yaml");
    return (parse(text) as { config: Record<string, string> }).config["certificate-rotation:certificate"]?.trim();
  };
  const onNim = async () => {
    const [{ outputs } = {}] = await stack.resources("nim:Certificate");
    return { uid: outputs?.uid, certificate: String(outputs?.certificate).trim() };
  };
  const ends = (pem = "") => new X509Certificate(pem).validToDate.getTime();

  test("the first run makes it, the next ones leave it, and one in its last month renews it in place", async () => {
    const workflow = await workflowIn("examples/certificate-rotation/README.md");
    expect(await runAt("schedule", workflow, secrets, stack)).toMatchObject({ code: 0 });
    const [first, before] = [await inGit(), await onNim()];
    expect(before.certificate).toBe(first);

    expect(await runAt("schedule", workflow, secrets, stack)).toMatchObject({
      code: 0,
      output: expect.stringContaining("good for 30 more days"),
    });
    expect(await inGit()).toBe(first);

    // One of five days, as the stack's file had it.
    await promisify(execFile)("npm", ["run", "certificate", "--", "--days", "5"], {
      cwd: stack.folder,
      env: stack.env,
    });
    await promisify(execFile)("bash", ["-c", "pulumi config set certificate < certs/tls.crt"], {
      cwd: stack.folder,
      env: stack.env,
    });
    expect(await runAt("schedule", workflow, secrets, stack)).toMatchObject({ code: 0 });
    const second = await inGit();
    expect(second).not.toBe(first);
    expect(await onNim()).toEqual({ uid: before.uid, certificate: second });
    expect(ends(second)).toBeGreaterThan(Date.now() + 80 * 24 * 60 * 60 * 1_000);
    expect(await git("show", "origin/main:Pulumi.prod.yaml")).not.toContain("PRIVATE KEY");
  });

  test("what cannot be kept in Git is not deployed; what could not be deployed is by the next run", async () => {
    const workflow = await workflowIn("examples/certificate-rotation/README.md");
    await rm(join(remote, "repository"), { recursive: true });
    expect((await runAt("schedule", workflow, secrets, stack)).code).not.toBe(0);
    expect(await stack.resources("nim:Certificate")).toEqual([]);

    await git("init", "--quiet", "--bare", "--initial-branch=main", join(remote, "repository"));
    await git("reset", "--quiet", "--hard", "origin/main");
    await git("push", "--quiet", "origin", "main");
    const refused = await runAt("schedule", workflow, { ...secrets, NIM_PASSWORD: "another" }, stack);
    expect(refused.code).not.toBe(0);
    const kept = await inGit();
    expect(kept).toContain("BEGIN CERTIFICATE");
    expect(await runAt("schedule", workflow, secrets, stack)).toMatchObject({ code: 0 });
    expect(await inGit()).toBe(kept);
    expect((await onNim()).certificate).toBe(kept);
  });
});
