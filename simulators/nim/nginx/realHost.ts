import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { quote } from "./edits.ts";
import { findModule, type NginxBinary } from "./find.ts";
import type { HostOptions, NginxHost, Verdict } from "./hostTypes.ts";
import { failedTest, syntaxProblem } from "./nginxWords.ts";
import { createPorts } from "./ports.ts";
import { type Rewritten, type RunPlace, rewrite, unknownName } from "./rewrite.ts";
import { createRunner } from "./runner.ts";
import { type ConfigTree, type Disk, readTree } from "./tree.ts";

interface Prepared {
  name: string;
  /** Stands for `/`; one below its own folder, so that what leads one too high is still among its own files. */
  files: string;
  config: string;
  disk: Disk;
  hasHttp: boolean;
  leftOut: string[];
  /** Why nginx must not see it. */
  problem: string | undefined;
}

/**
 * A real nginx without root, on loopback only. Each set of files gets a folder of its own, `current` points to the
 * running one, so a set that fails its check never touches what is served.
 */
export async function createRealHost(binary: NginxBinary, options: HostOptions): Promise<NginxHost> {
  const { folder, configPath, plus } = options;
  const data = join(folder, "data");
  const current = join(folder, "current");
  const pidFile = join(folder, "nginx.pid");
  const healthSocket = join(folder, "health");
  const ports = createPorts(folder);
  const config = join(current, configPath);
  const secret = randomBytes(8).toString("hex");
  const args = ["-e", "stderr", "-p", join(current, "etc/nginx"), "-c", config];
  mkdirSync(data, { recursive: true });
  const runner = createRunner({ binary: binary.path, folder, args, pidFile, healthSocket, sockets: ports.sockets });
  let generation = 0;
  let running: Prepared | undefined;
  await ports.reserve(["80", "443"]);

  async function prepare(disk: Disk): Promise<Prepared> {
    const tree = readTree(disk, configPath);
    const addresses = ["80"];
    let hasHttp = false;
    tree.walk(({ name, args: [address] }, context) => {
      if (name === "http" && context.length === 0) hasHttp = true;
      if (name === "listen" && address) addresses.push(address.value);
    });
    await ports.reserve(addresses);
    generation += 1;
    const name = `g${generation}`;
    const files = join(folder, name, "root");
    const place: RunPlace = {
      files,
      data,
      nowhere: join(folder, "nowhere"),
      secret,
      listen: ports.listen,
      module: (file) => findModule(binary, file),
      mainDefaults: mainDefaults(pidFile),
      httpDefaults: httpDefaults(binary, data, healthSocket, name),
      plus,
    };
    const rewritten = rewrite(tree, place);
    for (const path of [join(files, "etc/nginx"), join(data, "var/log/nginx"), ...rewritten.folders]) {
      mkdirSync(path, { recursive: true });
    }
    for (const [path, content] of disk) {
      if (resolve("/", path) !== path) throw new Error(`${path} is no path of a file`);
      const text = rewritten.files.get(path);
      mkdirSync(dirname(join(files, path)), { recursive: true });
      writeFileSync(join(files, path), text === undefined ? content : Buffer.from(text, "latin1"));
    }
    const problem = problemOf(tree, rewritten);
    const leftOut = [...rewritten.leftOut];
    return { name, files, config: join(files, configPath), disk, hasHttp, leftOut, problem };
  }

  /** nginx's words as the user would read them on the simulated host. */
  const restore = (output: string) => {
    const places = new RegExp(`${escapeRegExp(folder)}/(g\\d+/root|current|data|nowhere)`, "g");
    const folders = output.replaceAll(unknownName(secret), "").replace(places, "");
    // As on a terminal, not as in a log.
    return ports.restore(folders).replace(/^[\d/]+ [\d:]+ (\[\w+\]) \d+#\d+: /gm, "nginx: $1 ");
  };

  async function check(prepared: Prepared): Promise<Verdict> {
    if (prepared.problem !== undefined) {
      const output = failedTest(prepared.problem, configPath);
      return { ok: false, stage: "test", output, leftOut: prepared.leftOut };
    }
    const place = ["-p", join(prepared.files, "etc/nginx"), "-c", prepared.config];
    const { code, output } = await execute(binary.path, ["-e", "stderr", ...place, "-t"], folder);
    // The agent looks for these marks as well as for the exit code (docs/nim.md#the-agent).
    const ok = code === 0 && !/\[(emerg|alert|crit)\]/.test(output);
    return { ok, stage: "test", output: restore(output), leftOut: prepared.leftOut };
  }

  const discard = (prepared: Prepared) => rmSync(join(folder, prepared.name), { recursive: true, force: true });

  function pointTo(prepared: Prepared): void {
    const link = `${current}.new`;
    rmSync(link, { force: true });
    symlinkSync(join(prepared.name, "root"), link);
    renameSync(link, current);
  }

  return {
    test: async (disk) => {
      const prepared = await prepare(disk);
      const verdict = await check(prepared);
      discard(prepared);
      return verdict;
    },
    run: async (disk) => {
      const prepared = await prepare(disk);
      const verdict = await check(prepared);
      if (!verdict.ok) {
        discard(prepared);
        return verdict;
      }
      const before = running;
      pointTo(prepared);
      const problem = await runner.reload(prepared.name, prepared.hasHttp);
      if (problem === undefined) {
        if (before) discard(before);
        running = prepared;
        return verdict;
      }
      if (before) {
        // Written anew: what runs may have written among its own files since nginx read them.
        running = await prepare(before.disk);
        pointTo(running);
        await runner.reload(running.name, running.hasHttp);
        discard(before);
      }
      discard(prepared);
      return { ok: false, stage: "reload", output: restore(problem), leftOut: prepared.leftOut };
    },
    portFor: ports.portFor,
    close: async () => {
      await runner.stop();
    },
  };
}

function mainDefaults(pidFile: string): string[] {
  // Workers of root would be "nobody", who may not enter the folder; every other user stays what it is.
  const user = process.getuid?.() === 0 ? [`user ${userInfo().username};`] : [];
  // What goes wrong at a reload would else be in the configuration's own log only.
  return [...user, "error_log stderr crit;", "daemon off;", `pid ${quote(pidFile)};`];
}

function httpDefaults(binary: NginxBinary, data: string, healthSocket: string, name: string): RunPlace["httpDefaults"] {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .filter((kind) => !binary.configureArguments.includes(`--without-http_${kind}_module`))
    .map((kind) => `${kind}_temp_path`);
  const health = `location / { return 200 "${name} $pid"; }`;
  return [
    ...temporary.map((directive) => ({ name: directive, text: `${directive} ${quote(join(data, directive))};` })),
    { name: "access_log", text: `access_log ${quote(join(data, "var/log/nginx/access.log"))};` },
    // Tells which files the workers run on, and who they are.
    { name: "", text: `server { listen ${quote(`unix:${healthSocket}`)}; access_log off; ${health} }` },
  ];
}

/** nginx sees only what cannot lead it out of its folder, and what it reads as we do. */
function problemOf(tree: ConfigTree, { refused: [refusal] }: Rewritten): string | undefined {
  const problem = syntaxProblem(tree);
  if (problem !== undefined || !refusal) return problem;
  return `the simulator does not run ${refusal.reason} in ${refusal.path}:${refusal.line}`;
}

function execute(command: string, args: string[], cwd: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, timeout: 600_000 }, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === "number" ? error.code : 1) : 0;
      resolve({ code, output: stdout + stderr });
    });
  });
}

const escapeRegExp = (text: string) => text.replace(/[.+*?^${}()|[\]\\]/g, "\\$&");
