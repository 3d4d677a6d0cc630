// The Pulumi CLI with its Node language host: found, or downloaded, or built. It is no npm package of its own.
import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  cpSync,
  mkdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { alone, cacheFolder, makeFolder, Problem, run, say } from "./tools.mjs";

// Whichever way the CLI comes, it is this version, so that every machine of a team runs the same engine.
const version = "3.259.0";
const oldestUsable = "3.251.0";
// The language host has no tagged Go module of its own now; this is the last release that has it inside the SDK's. It
// speaks the protocol of today's CLI and @pulumi/pulumi.
const languageHostVersion = "3.68.0";
const oldestGo = "1.25.11";

const programs = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];

/** Returns the folder of a usable Pulumi CLI, making one if need be. */
export async function pulumiFolder(root) {
  const cached = join(cacheFolder, `pulumi-${version}-${process.platform}-${process.arch}`);
  const known = async () => (await onPath()) ?? (complete([join(cached, "bin")]) ? join(cached, "bin") : undefined);
  return (
    (await known()) ??
    (await alone(async () => {
      // Another set-up may have made it while this one waited.
      const folder = await known();
      if (folder) return folder;
      await makeFolder(cached, async (target) => {
        await fetchOrBuild(join(target, "bin"), root);
        for (const left of ["home", "build"]) rmSync(join(target, left), { recursive: true, force: true });
      });
      return join(cached, "bin");
    }))
  );
}

async function onPath() {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const folder = folders.find((folder) => executable(join(folder, "pulumi")));
  if (!folder) return undefined;
  const answer = await versionOf(folder).catch((error) => error.message);
  if (!atLeast(answer, oldestUsable)) {
    say(
      `passing over ${join(folder, "pulumi")}: it says ${answer.split("\n")[0]}, needed is v${oldestUsable} or newer`,
    );
    return undefined;
  }
  // The CLI looks for its companions beside the real file and on PATH.
  if (complete([dirname(realpathSync(join(folder, "pulumi"))), ...folders])) return folder;
  say(`passing over ${join(folder, "pulumi")}: without ${programs.slice(1).join(" and ")} it cannot run Node programs`);
  return undefined;
}

async function fetchOrBuild(bin, root) {
  const reasons = [];
  for (const [way, get] of [
    ["download with npm's package pulumi", download],
    ["build from Go modules", build],
  ]) {
    try {
      rmSync(bin, { recursive: true, force: true });
      await get(bin, root);
      const answer = await versionOf(bin);
      if (!atLeast(answer, version)) throw new Error(`the result says ${answer}`);
      say(`Pulumi CLI ${answer} is in place`);
      return;
    } catch (error) {
      const reason = error.code === "ENOENT" && error.path === "go" ? "Go is not installed" : error.message;
      reasons.push(`- ${way}: ${reason.replaceAll("\n", "\n    ")}`);
    }
  }
  throw new Problem(`No Pulumi CLI to be had.
${reasons.join("\n")}
Any one of these helps:
- install the Pulumi CLI, v${oldestUsable} or newer, so that it is on PATH: https://www.pulumi.com/docs/install/
- let this machine reach Pulumi's download server, directly or through the proxy set in HTTPS_PROXY (Node 24: with NODE_USE_ENV_PROXY=1)
- install Go ${oldestGo} or newer and let it reach a Go module proxy (GOPROXY): the CLI is then built here, in some minutes`);
}

async function download(bin) {
  const home = join(dirname(bin), "home");
  const command = ["npx", "--yes", `pulumi@${version}`, "version"];
  say(`getting the Pulumi CLI ${version}: trying npm's package pulumi`);
  await run("downloading the Pulumi CLI", command, {
    // npx must not take a package of the project for the one meant.
    cwd: dirname(bin),
    env: { PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" },
    timeout: 300_000,
  });
  cpSync(join(home, "versions", version, "bin"), bin, { recursive: true });
}

async function build(bin, root) {
  const work = join(dirname(bin), "build");
  const sdk = "github.com/pulumi/pulumi/sdk/v3";
  const cli = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi";
  const go = async (title, folder, ...args) => {
    let packages = 0;
    return run(title, ["go", ...args], {
      cwd: join(work, folder),
      // GOFLAGS of the machine stays in force; only a read-only or vendor mode would be in the way. A workspace above
      // the cache folder must not take part.
      env: { GOFLAGS: `${process.env.GOFLAGS ?? ""} -mod=mod`.trim(), GOWORK: "off", CGO_ENABLED: "0" },
      progress: (line) => {
        if (line.startsWith("go: downloading ")) return `downloading ${line.slice(16)}`;
        // `go build -v` names each package that it compiles, one a line.
        return /^[\w./-]+$/.test(line) ? `${++packages} packages compiled, now ${line}` : undefined;
      },
    });
  };
  const module = (name, text) => {
    mkdirSync(join(work, name), { recursive: true });
    writeFileSync(join(work, name, "go.mod"), `module ${name}\n\ngo ${oldestGo}\n\n${text}\n`);
  };
  const compile = (title, folder, name, from, release) => {
    const flags = `-s -w -X ${sdk}/go/common/version.Version=v${release}`;
    const options = ["-v", "-trimpath", "-tags", "osusergo,grpcnotrace", "-ldflags", flags];
    return go(title, folder, "build", ...options, "-o", join(bin, name), from);
  };

  // Each program needs a module of its own: `go install` refuses the replace directives of Pulumi's, and the two are
  // of different releases.
  module(
    "cli",
    "replace github.com/atotto/clipboard => github.com/tgummerer/clipboard v0.0.0-20241001131231-d02d263e614e",
  );
  module("language-host", "");
  say(`building the Pulumi CLI ${version} from Go modules: some minutes, 2 GB in Go's caches`);
  // With this go.mod, an older Go gets itself a newer toolchain here or says that it cannot.
  await go("asking for Go", "cli", "version");
  await go("getting the Pulumi SDK", "cli", "get", `${sdk}@v${version}`);
  await go("getting the Pulumi CLI", "cli", "get", "-tool", `${cli}@v${version}`);
  await compile("building the Pulumi CLI", "cli", "pulumi", cli, version);
  await go("getting the language host", "language-host", "get", `${sdk}@v${languageHostVersion}`);
  const host = `${sdk}/nodejs/cmd/pulumi-language-nodejs`;
  await compile("building the language host", "language-host", "pulumi-language-nodejs", host, languageHostVersion);
  // npm unpacks it without the executable bit.
  const script = join(bin, "pulumi-resource-pulumi-nodejs");
  copyFileSync(join(root, "node_modules/@pulumi/pulumi/pulumi-resource-pulumi-nodejs"), script);
  chmodSync(script, 0o755);
}

function versionOf(folder) {
  return run("", [join(folder, "pulumi"), "version"], { env: { PULUMI_SKIP_UPDATE_CHECK: "true" }, timeout: 30_000 });
}

function atLeast(answer, wanted) {
  const numbers = /^v?(\d+)\.(\d+)\.(\d+)/.exec(answer)?.slice(1).map(Number);
  if (!numbers) return false;
  const difference = numbers.map((number, i) => number - Number(wanted.split(".")[i])).find((number) => number !== 0);
  return (difference ?? 0) >= 0;
}

function complete(folders) {
  return programs.every((name) => folders.some((folder) => executable(join(folder, name))));
}

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
