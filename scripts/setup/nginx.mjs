// nginx for the NIM simulator: found on PATH, or Debian's package unpacked into the cache folder. Never installed, no root.
import { accessSync, chmodSync, constants, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { alone, cacheFolder, makeFolder, run, say } from "./tools.mjs";

// The modules that nginx.org's own builds have inside, Debian's beside the program.
const packages = ["nginx", "libnginx-mod-stream", "libnginx-mod-mail"];
// What nginx is linked with; small images lack some of these.
const libraries = ["libcrypt1", "libpcre2-8-0", "libssl3", "libssl3t64", "zlib1g"];

// Where packages put it, which is not on the PATH of ordinary users.
const machineFolders = ["/usr/sbin", "/usr/local/sbin"];

/**
 * Returns the folder of a usable nginx, making one if need be, or undefined where there is no way to get one. That is
 * no failure: the simulator then says that syntax is not checked by nginx, and tests that need it say they did not run.
 */
export async function nginxFolder(besidePath = machineFolders) {
  const cached = join(cacheFolder, `nginx-${process.platform}-${process.arch}`);
  const folders = [...(process.env.PATH ?? "").split(delimiter), ...besidePath, join(cached, "sbin")];
  const known = () => folders.find((folder) => folder && executable(join(folder, "nginx")));
  if (known()) return known();
  try {
    return await alone(async () => {
      if (known()) return known();
      say("getting nginx: unpacking Debian's package, nothing is installed");
      await makeFolder(cached, unpack);
      return join(cached, "sbin");
    });
  } catch (error) {
    const reason = error.code === "ENOENT" ? `there is no ${error.path} here` : error.message.split("\n").at(-1);
    say(`no nginx: ${reason}. Tests that need one will say so; to have them run, install nginx so that it is on PATH`);
    return undefined;
  }
}

/** Lays the package out as Debian does, less /usr: sbin/nginx with its modules in lib/nginx/modules. */
async function unpack(target) {
  const work = join(target, "work");
  const [state, cache, out] = ["state", "cache", "out"].map((name) => join(work, name));
  for (const folder of [join(state, "lists/partial"), join(cache, "archives/partial"), out]) {
    mkdirSync(folder, { recursive: true });
  }
  // Lists of its own: the machine's may be missing or old, and only root may renew them.
  const apt = (title, ...words) => {
    const folders = [`Dir::State=${state}`, `Dir::State::Status=/var/lib/dpkg/status`, `Dir::Cache=${cache}`];
    // As root, apt would download as a user that may not enter this folder.
    const hurry = ["Acquire::http::Timeout=10", "Acquire::https::Timeout=10", "Acquire::Retries=0"];
    const options = [...folders, ...hurry, "APT::Sandbox::User="].flatMap((option) => ["-o", option]);
    return run(title, ["apt-get", "-qq", ...options, ...words], { cwd: work, timeout: 300_000 });
  };
  const unpackHere = async (names) => {
    for (const name of names) await apt(`downloading ${name}`, "download", name);
    for (const file of readdirSync(work).filter((name) => name.endsWith(".deb"))) {
      await run("", ["dpkg-deb", "-x", join(work, file), out]);
      rmSync(join(work, file));
    }
  };
  await apt("reading Debian's package lists", "update");
  await unpackHere(packages);
  cpSync(join(out, "usr/lib/nginx/modules"), join(target, "lib/nginx/modules"), { recursive: true });
  cpSync(join(out, "usr/sbin"), join(target, "libexec"), { recursive: true });
  mkdirSync(join(target, "sbin"));
  const program = join(target, "sbin/nginx");
  const script = (exports) => {
    const lines = ["#!/bin/sh", 'here=$(dirname "$(readlink -f "$0")")/..', ...exports];
    writeFileSync(program, `${[...lines, 'exec "$here/libexec/nginx" "$@"'].join("\n")}\n`);
    chmodSync(program, 0o755);
  };
  script([]);
  const runs = () => run("", [program, "-V"], { timeout: 30_000 });
  await runs().catch(async () => {
    // A library is missing. Which ones there are depends on the release, so those that it does not have are passed over.
    for (const name of libraries) await unpackHere([name]).catch(() => {});
    for (const folder of ["lib", "usr/lib"]) {
      cpSync(join(out, folder), join(target, "shared"), { recursive: true, force: true });
    }
    const places = readdirSync(join(target, "shared")).filter((name) => name.endsWith("-linux-gnu"));
    const path = [".", ...places].map((name) => `$here/shared/${name}`).join(":");
    script([`export LD_LIBRARY_PATH="${path}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`]);
    await runs();
  });
  rmSync(work, { recursive: true, force: true });
}

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
