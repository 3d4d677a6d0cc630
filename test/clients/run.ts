// Other people's clients on our simulators: whoever reads an answer more strictly than we do finds what is wrong with it.
// Nothing but loopback is reached once they are installed. For NGINX Instance Manager there is no client on PyPI, npm or
// among the Go modules (those there are come as repositories or Ansible collections), so NSX is all there is here.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startNsxSimulator } from "../../simulators/nsx/index.ts";

interface Client {
  readonly name: string;
  /** As pip wants it; the version that the walk was written for. */
  readonly requirement: string;
  readonly walk: string;
}

const clients: Client[] = [
  { name: "vmware-nsxlib", requirement: "vmware-nsxlib==19.4.3", walk: "nsxlib.py" },
  { name: "vcf-nsx", requirement: "vcf-nsx==9.1.1.0", walk: "vcf_nsx.py" },
];

interface Step {
  readonly what: string;
  readonly passed: boolean;
  readonly detail?: string;
}

const here = fileURLToPath(new URL(".", import.meta.url));
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pulumi-nginx-nsx");

/** The Python that has the client; each client has its own, for what they need differs. */
async function install({ name, requirement }: Client): Promise<string> {
  const folder = join(cache, `client-${requirement.replace("==", "-")}`);
  const python = join(folder, "bin/python");
  const ready = join(folder, "ready");
  if (existsSync(ready)) return python;
  process.stderr.write(`installing ${requirement}\n`);
  await rm(folder, { recursive: true, force: true });
  const run = promisify(execFile);
  await run("python3", ["-m", "venv", folder]);
  // nsxlib asks for pkg_resources, which newer ones no longer have.
  await run(python, ["-m", "pip", "install", "--quiet", requirement, "setuptools<80"], { timeout: 600_000 });
  await run(python, ["-c", `open(${JSON.stringify(`${ready}.new`)}, "w").write(${JSON.stringify(name)})`]);
  await rename(`${ready}.new`, ready);
  return python;
}

/** Walks a client through a fresh manager. */
async function walk(client: Client): Promise<Step[]> {
  const python = await install(client);
  const nsx = await startNsxSimulator();
  // Proxies and trusted certificates of this machine have no business on loopback.
  const env = {
    PATH: process.env.PATH,
    HOME: homedir(),
    NO_PROXY: "*",
    PYTHONWARNINGS: "ignore",
    PYTHONDONTWRITEBYTECODE: "1",
    ...{ NSX_ENDPOINT: nsx.url, NSX_USERNAME: nsx.username, NSX_PASSWORD: nsx.password },
  };
  try {
    const child = spawn(python, [join(here, client.walk)], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 300_000,
    });
    const complaints = complaintsOf(child);
    const exited = once(child, "close");
    const steps: Step[] = [];
    for await (const line of createInterface(child.stdout)) if (line.startsWith("{")) steps.push(JSON.parse(line));
    const [code] = await exited;
    if (code !== 0) steps.push({ what: "ends", passed: false, detail: complaints() });
    return steps;
  } finally {
    await nsx.close();
  }
}

function complaintsOf(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.on("data", (chunk) => {
    text = (text + chunk).slice(-1000);
  });
  return () => text;
}

const counts = { passed: 0, failed: 0 };
for (const client of clients) {
  for (const { what, passed, detail = "" } of await walk(client)) {
    counts[passed ? "passed" : "failed"] += 1;
    console.log(`${client.name.padEnd(14)} ${what.padEnd(42)} ${passed ? "as expected" : `NOT: ${detail}`}`);
  }
}
console.log(`\n${counts.passed} passed, ${counts.failed} failed`);
process.exitCode = counts.failed === 0 ? 0 : 1;
