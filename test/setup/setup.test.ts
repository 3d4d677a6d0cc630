// Set-up in a made-up checkout, on a PATH where npm, npx, go and pulumi are small scripts: what it does when they are
// missing, old, slow, failing or killed.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

const scripts = fileURLToPath(new URL("../../scripts", import.meta.url));
const version = /^const version = "(.+)"/m.exec(readFileSync(join(scripts, "setup/pulumi.mjs"), "utf8"))?.[1];

let base: string;
let checkout: string;
let tools: string;
const children = new Set<ChildProcess>();

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "pulumi-nginx-nsx-setup-"));
  [checkout, tools] = [join(base, "checkout"), join(base, "tools")];
  cpSync(scripts, join(checkout, "scripts"), { recursive: true });
  for (const name of ["package.json", "package-lock.json", "tsconfig.json"]) put(name, "{}");
  put("sdk/index.ts", "one");
  mkdirSync(tools);
  for (const name of ["sh", "mkdir", "rm", "cat", "chmod", "sleep", "touch", "dirname"]) {
    symlinkSync(execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim(), join(tools, name));
  }
  symlinkSync(process.execPath, join(tools, "node"));
  // The compiler it installs copies text, so that a test sees at once which sources were compiled.
  put("tsc.js", compiler);
  tool("npm", `rm -rf node_modules; ${slow("npm")} ${failing("npm")} ${install}`);
  tool("npx", "echo 'pulumi: fetch failed' >&2; exit 1");
  // Else it is the machine's that is found. setup.nginx.test.ts has what set-up does without one.
  tool("nginx", "");
});

afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
  rmSync(base, { recursive: true, force: true, maxRetries: 5 });
});

const install = `
  mkdir -p node_modules/node/bin node_modules/typescript/bin node_modules/@pulumi/pulumi
  touch node_modules/node/bin/node node_modules/@pulumi/pulumi/pulumi-resource-pulumi-nodejs
  cat tsc.js > node_modules/typescript/bin/tsc
  touch node_modules/.package-lock.json`;
const compiler = `
  const { cpSync, existsSync, readFileSync, writeFileSync } = require("node:fs");
  const out = process.argv[process.argv.indexOf("--outDir") + 1];
  writeFileSync(out + "/half.js", "");
  const end = () => {
    if (readFileSync("sdk/index.ts", "utf8") === "wrong") { console.log("sdk/index.ts(1,1): error"); process.exit(2); }
    cpSync("sdk", out + "/sdk", { recursive: true });
  };
  if (existsSync(".slow-tsc")) setTimeout(end, 15000); else end();`;
/** Shell text: waits for as long as a file says so; fails if one says so. */
const slow = (name: string) => `echo started >> ../${name}.log; while [ -e .slow-${name} ]; do sleep 0.05; done;`;
const failing = (name: string) => `if [ -e .fail-${name} ]; then echo '${name}: no way' >&2; exit 1; fi;`;

const working = (number: string) => `#!/bin/sh\necho v${number}\n`;

function put(name: string, text: string, mode = 0o644) {
  const path = join(checkout, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
}

function tool(name: string, text: string) {
  writeFileSync(join(tools, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

/** A `go` that makes a program for \`go build -o FILE\` and does nothing else. */
function toolGo(text = "") {
  tool(
    "go",
    `echo "$1" >> '${base}/go.log'; ${text}
    if [ "$1" = build ]; then while [ "$1" != -o ]; do shift; done; mkdir -p "$(dirname "$2")"
      echo '#!/bin/sh' > "$2"; echo 'echo v${version}' >> "$2"; chmod +x "$2"; fi`,
  );
}

/** A machine that has the CLI already. */
function toolPulumi(number = "3.300.1") {
  tool("pulumi", `echo v${number}`);
  tool("pulumi-language-nodejs", "");
  tool("pulumi-resource-pulumi-nodejs", "");
}

function start(args: string[], path = [tools]) {
  const env = { PATH: path.join(delimiter), HOME: base, XDG_CACHE_HOME: join(base, "cache") };
  const child = spawn(process.execPath, ["scripts/setup.mjs", ...args], { cwd: checkout, env });
  children.add(child);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.on("close", (code) => resolve({ code, stdout, stderr })),
  );
  return { child, ended };
}

const setUp = (...args: string[]) => start(args).ended;
const calls = (name: string) =>
  existsSync(join(base, `${name}.log`))
    ? readFileSync(join(base, `${name}.log`), "utf8")
        .split("\n")
        .filter(Boolean)
    : [];
const built = () => readFileSync(join(checkout, "bin/sdk/index.ts"), "utf8");
const cache = () => readdirSync(join(base, "cache/pulumi-nginx-nsx"));
/** After SIGKILL a lock stays; the next run takes it over once it is old. */
const age = (name: string) => {
  const path = join(base, "cache/pulumi-nginx-nsx", name);
  if (existsSync(path)) utimesSync(path, 1, 1);
};
const seen = (path: string) => vi.waitFor(() => expect(existsSync(path)).toBe(true), { timeout: 10_000 });
/** Its log is there before its first line. */
const npmRuns = () => vi.waitFor(() => expect(calls("npm")).toHaveLength(1), { timeout: 10_000 });
const leftovers = () => readdirSync(checkout).filter((name) => name.startsWith(".bin"));

describe("set-up", () => {
  test("gets what is missing, then runs the command; a second time it only runs it", async () => {
    toolPulumi();
    const command = ["node", "-e", "console.log(process.env.PATH, process.argv[1]); process.exitCode = 7", "a b"];
    const first = await setUp(...command);
    expect(first).toMatchObject({ code: 7, stdout: `${checkout}/node_modules/.bin:${tools} a b\n` });
    expect(first.stderr).toMatch(/installing npm dependencies[\s\S]*compiling the package/);
    expect(built()).toBe("one");
    expect(readFileSync(join(checkout, "node_modules/pulumi-nginx-nsx/sdk/index.ts"), "utf8")).toBe("one");
    const second = await setUp(...command);
    expect(second).toMatchObject({ code: 7, stdout: first.stdout });
    expect(second.stderr).not.toMatch(/installing|compiling|Pulumi/);
    expect(calls("npm")).toHaveLength(1);
  });

  test("leaves PATH in the machine's order: the folder of its Pulumi does not bring its other programs to the front", async () => {
    toolPulumi();
    const machine = join(base, "machine");
    renameSync(tools, machine);
    mkdirSync(tools);
    tool("which-one", "echo ours");
    writeFileSync(join(machine, "which-one"), "#!/bin/sh\necho another\n", { mode: 0o755 });
    expect((await start(["which-one"], [tools, machine]).ended).stdout).toBe("ours\n");
  });

  test("installs again when the lock file is newer, compiles again when a source is another", async () => {
    toolPulumi();
    await setUp();
    utimesSync(join(checkout, "package-lock.json"), new Date(), new Date(Date.now() + 5000));
    tool("npm", `${slow("npm")} ${install}; touch -t 209901010000 node_modules/.package-lock.json`);
    expect((await setUp()).code).toBe(0);
    expect(calls("npm")).toHaveLength(2);
    put("sdk/index.ts", "two");
    // An older time, as after a change of branch.
    utimesSync(join(checkout, "sdk/index.ts"), 1, 1);
    await setUp();
    expect(built()).toBe("two");
    expect(calls("npm")).toHaveLength(2);
  });

  test("passes a signal on to the command and ends as it does", async () => {
    toolPulumi();
    const ready = join(base, "ready");
    const program = `process.on("SIGINT", () => process.exit(9)); require("fs").writeFileSync("${ready}", ""); setInterval(() => {}, 9e9)`;
    const { child, ended } = start(["node", "-e", program]);
    await seen(ready);
    child.kill("SIGINT");
    expect((await ended).code).toBe(9);
    expect((await setUp("no-such-program")).code).toBe(127);
    expect((await setUp("sh", "-c", "kill -TERM $$")).code).toBe(143);
  });

  test("says what npm said, and starts anew after a failed install", async () => {
    toolPulumi();
    put(".fail-npm", "");
    const failed = await setUp("node", "-p", "1");
    expect(failed).toMatchObject({ code: 1, stdout: "" });
    expect(failed.stderr).toContain("npm could not install the dependencies:\nnpm: no way");
    rmSync(join(checkout, ".fail-npm"));
    expect((await setUp("node", "-p", "1")).stdout).toBe("1\n");
  });

  test("ends npm when interrupted, and starts anew after it", async () => {
    toolPulumi();
    put(".slow-npm", "");
    const { child, ended } = start([]);
    await npmRuns();
    child.kill("SIGINT");
    expect((await ended).code).toBe(130);
    expect(cache()).toEqual([]);
    rmSync(join(checkout, ".slow-npm"));
    expect((await setUp()).code).toBe(0);
    expect(calls("npm")).toHaveLength(2);
  });

  test("never uses half a build, whether it was interrupted, killed or wrong", { timeout: 600_000 }, async () => {
    toolPulumi();
    await setUp();
    for (const signal of ["SIGINT", "SIGKILL"] as const) {
      put("sdk/index.ts", signal);
      put(".slow-tsc", "");
      const { child, ended } = start(["node", "-p", "1"]);
      await vi.waitFor(() => expect(leftovers()).toHaveLength(1), { timeout: 10_000 });
      await seen(join(checkout, leftovers()[0] ?? "", "half.js"));
      child.kill(signal);
      expect((await ended).stdout).toBe("");
      expect(existsSync(join(checkout, "bin/half.js"))).toBe(true);
      expect(built()).not.toBe(signal);
      rmSync(join(checkout, ".slow-tsc"));
      age("lock");
      expect((await setUp()).code).toBe(0);
      expect(built()).toBe(signal);
      expect(leftovers()).toEqual([]);
    }
    put("sdk/index.ts", "wrong");
    const wrong = await setUp("node", "-p", "1");
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    expect(wrong.stderr).toContain("The package does not compile:\nsdk/index.ts(1,1): error");
    expect(leftovers()).toEqual([]);
  });

  test("works once when started twice", async () => {
    toolPulumi();
    put(".slow-npm", "");
    const [one, two] = [start([]), start([])];
    await npmRuns();
    rmSync(join(checkout, ".slow-npm"));
    expect((await one.ended).code).toBe(0);
    expect((await two.ended).code).toBe(0);
    expect(calls("npm")).toHaveLength(1);
    expect(cache()).toEqual([]);
  });
});

describe("the Pulumi CLI", () => {
  const bin = () => join(base, `cache/pulumi-nginx-nsx/pulumi-${version}-${process.platform}-${process.arch}/bin`);
  const programs = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];

  test("is missing and cannot be got: one message names every way out", async () => {
    const { code, stderr } = await setUp("node", "-p", "1");
    expect(code).toBe(1);
    expect(stderr).toMatch(/No Pulumi CLI to be had\.\n- download .*fetch failed\n- build .*: Go is not installed\n/);
    for (const way of [/install the Pulumi CLI/, /reach Pulumi's download server/, /install Go [\d.]+ or newer/]) {
      expect(stderr).toMatch(way);
    }
    expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
    expect(cache()).toEqual([]);
  });

  test("of an old version, or without its language host, is passed over", async () => {
    toolPulumi("3.250.9");
    expect((await setUp()).stderr).toMatch(/passing over .*it says v3.250.9, needed is v3.251.0 or newer/);
    toolPulumi("3.251.0");
    expect((await setUp()).code).toBe(0);
    rmSync(join(tools, "pulumi-language-nodejs"));
    const { code, stderr } = await setUp();
    expect(code).toBe(1);
    expect(stderr).toMatch(/passing over .*without pulumi-language-nodejs/);
  });

  test("comes with npm's package where that can download it", async () => {
    toolGo();
    const files = programs.map((name) => `echo '${working(version ?? "")}' > $d/${name}; chmod +x $d/${name}`);
    tool("npx", `d=$PULUMI_HOME/versions/${version}/bin; mkdir -p $d; ${files.join("; ")}`);
    expect((await setUp("pulumi", "version")).stdout).toBe(`v${version}\n`);
    expect(readdirSync(dirname(bin()))).toEqual(["bin"]);
    expect(calls("go")).toEqual([]);
  });

  test("is built from Go modules where only those are reachable, and kept", async () => {
    toolGo();
    const first = await setUp("pulumi", "version");
    expect(first.stdout).toBe(`v${version}\n`);
    expect(readdirSync(bin()).sort()).toEqual(programs);
    expect(calls("go")).toEqual(["version", "get", "get", "build", "get", "build"]);
    const second = await setUp("pulumi", "version");
    expect(second).toEqual({
      code: 0,
      stdout: `v${version}\n`,
      stderr: expect.not.stringMatching(/building|getting the P/),
    });
    expect(calls("go")).toHaveLength(6);
  });

  test("is not kept when the build fails: too old a Go, a compiler's error, a kill", { timeout: 600_000 }, async () => {
    toolGo(`echo 'go: go.mod requires go >= 1.25.11 (running go 1.21.0)' >&2; exit 1`);
    expect((await setUp()).stderr).toMatch(
      /build from Go modules: go: go.mod requires go >= 1.25.11 \(running go 1.21.0\)/,
    );
    toolGo(`case "$*" in build*language-nodejs) echo 'x.go:1: broken' >&2; exit 1; esac`);
    expect((await setUp()).stderr).toContain("x.go:1: broken");
    expect(cache()).toEqual([]);
    toolGo(`case "$*" in build*language-nodejs) touch '${base}/building'; sleep 15; esac`);
    const { child, ended } = start([]);
    await seen(join(base, "building"));
    child.kill("SIGKILL");
    await ended;
    age("lock");
    expect(existsSync(bin())).toBe(false);
    toolGo();
    expect((await setUp("pulumi", "version")).stdout).toBe(`v${version}\n`);
    expect(cache()).toEqual([expect.stringMatching(/^pulumi-/)]);
  });
});
