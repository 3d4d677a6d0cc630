// Set-up's nginx: on a PATH where apt-get and dpkg-deb are small scripts.
import { execFile, execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const module = new URL("../../scripts/setup/nginx.mjs", import.meta.url).href;
/** What the scripts below and the one that set-up writes need. Nothing else of this machine is found. */
const needed = ["sh", "mkdir", "chmod", "touch", "dirname", "readlink"];

let folder: string;
let tools: string;
/** In place of /usr/sbin. */
let machine: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "setup-nginx-"));
  tools = join(folder, "tools");
  machine = join(folder, "machine");
  mkdirSync(tools);
  for (const name of needed) {
    symlinkSync(execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim(), join(tools, name));
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

function tool(name: string, script: string) {
  writeFileSync(join(tools, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(tools, name), 0o755);
}

/** What nginxFolder() returned and said. */
function findFolder(): Promise<{ found: string; said: string }> {
  const program = `import { nginxFolder } from ${JSON.stringify(module)}; console.log(await nginxFolder([${JSON.stringify(machine)}]));`;
  const env = { PATH: tools, XDG_CACHE_HOME: join(folder, "cache") };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ["--input-type=module", "-e", program], { env }, (error, stdout, said) => {
      if (error) reject(error);
      else resolve({ found: stdout.trim(), said });
    });
  });
}

describe("nginxFolder", () => {
  const nginx = "#!/bin/sh\necho nginx version: nginx/1.0.0 >&2";
  const debian = () => {
    tool(
      "apt-get",
      `echo "$@" >> ${folder}/log; for name; do :; done; case "$*" in *" download "*) echo > $name.deb;; esac`,
    );
    tool(
      "dpkg-deb",
      `mkdir -p $3/usr/sbin $3/usr/lib/nginx/modules; echo '${nginx}' > $3/usr/sbin/nginx; chmod +x $3/usr/sbin/nginx; touch $3/usr/lib/nginx/modules/a.so`,
    );
  };

  it("takes the one on PATH", async () => {
    tool("nginx", "true");
    expect(await findFolder()).toEqual({ found: tools, said: "" });
  });

  it("takes the one where packages put it, which may not be on PATH", async () => {
    debian();
    mkdirSync(machine);
    writeFileSync(join(machine, "nginx"), "#!/bin/sh\n", { mode: 0o755 });
    expect(await findFolder()).toEqual({ found: machine, said: "" });
  });

  it("unpacks Debian's package into the cache folder, once", async () => {
    debian();
    const { found, said } = await findFolder();
    expect(found.startsWith(join(folder, "cache"))).toBe(true);
    expect(said).toContain("nothing is installed");
    expect(readdirSync(dirname(found)).sort()).toEqual(["lib", "libexec", "sbin"]);
    expect(existsSync(join(dirname(found), "lib/nginx/modules/a.so"))).toBe(true);
    expect(await findFolder()).toEqual({ found, said: "" });
  });

  it("does without where there is no way, says why, and leaves nothing half made", async () => {
    tool("apt-get", "echo 'E: Unable to locate package nginx' >&2; exit 100");
    const { found, said } = await findFolder();
    expect(found).toBe("undefined");
    expect(said).toContain("no nginx: E: Unable to locate package nginx. Tests that need one will say so");
    expect(readdirSync(join(folder, "cache/pulumi-nginx-nsx"))).toEqual([]);
  });

  it("does without where the machine is no Debian", async () => {
    const { found, said } = await findFolder();
    expect(found).toBe("undefined");
    expect(said).toContain("no nginx: there is no apt-get here. ");
  });

  it("brings the libraries that are missing", async () => {
    debian();
    // Runs only with the folder of libraries that set-up adds.
    const needy = '#!/bin/sh\\n[ -n "$LD_LIBRARY_PATH" ]';
    const unpack = `mkdir -p $3/usr/sbin $3/usr/lib/nginx/modules $3/usr/lib/x-linux-gnu $3/lib; printf '${needy}' > $3/usr/sbin/nginx; chmod +x $3/usr/sbin/nginx`;
    tool("dpkg-deb", unpack);
    const { found } = await findFolder();
    expect(readdirSync(dirname(found))).toContain("shared");
  });
});

it("finds its tools where symbolic links lead", async () => {
  mkdirSync(join(folder, "real"));
  writeFileSync(join(folder, "real/nginx"), "#!/bin/sh\n");
  chmodSync(join(folder, "real/nginx"), 0o755);
  symlinkSync(join(folder, "real/nginx"), join(tools, "nginx"));
  expect((await findFolder()).found).toBe(tools);
});
