import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rmdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { demonstrate } from "../scripts/demo/demonstrate.ts";
import { narrate } from "../scripts/demo/narration.ts";
import type { Colleague } from "../scripts/demo/scenes.ts";
import type { NsxSimulator } from "./simulators/nsx/index.ts";

const script = fileURLToPath(new URL("../scripts/demo.ts", import.meta.url));

describe("npm start", () => {
  test("says what it does, does what it says, and leaves the user's NSX alone", { timeout: 180_000 }, async () => {
    const requests: string[] = [];
    const usersNsx = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      response.writeHead(500).end();
    }).listen(0, "127.0.0.1");
    await once(usersNsx, "listening");
    try {
      const { port } = usersNsx.address() as AddressInfo;
      const env = { NSX_ENDPOINT: `http://127.0.0.1:${port}`, NSX_USERNAME: "me", NSX_PASSWORD: "my-secret" };
      const { code, output } = await run({ ...process.env, ...env, FORCE_COLOR: undefined });
      expect(output).toContain("NSX_ENDPOINT, NSX_USERNAME, NSX_PASSWORD");
      for (const line of expectedLines) expect(output).toContain(line);
      expect(output).not.toContain("my-secret");
      expect(output).not.toContain("\u001B");
      expect(output).not.toContain("Not true");
      expect(code).toBe(0);
      expect(requests).toEqual([]);
    } finally {
      usersNsx.close();
    }
  });

  test("stops at Ctrl-C, and cleans up", { timeout: 60_000 }, async () => {
    const { code, output } = await run(process.env, "creating");
    expect(output).toContain("Everything that was started for this is gone again.");
    expect(code).toBe(130);
  });
});

describe("the demonstration fails", () => {
  test("when no drift is to be seen", { timeout: 120_000 }, async () => {
    const output = await failingWith(() => ({ change: () => ({}), delete: () => {} }));
    expect(output).toContain("✗ Not true: the gateway: 10.20.1.1/24 is now 10.20.1.254/24");
    expect(output).not.toContain("Repair");
  });

  test("when an update goes through that was to stop", { timeout: 120_000 }, async () => {
    // The colleague works on the first day only.
    let gatewayMoves = 0;
    const output = await failingWith(({ control }) => ({
      ...control,
      change: (path, changes, user) =>
        "subnets" in changes && ++gatewayMoves > 1 ? {} : control.change(path, changes, user),
    }));
    expect(output).toContain('✗ Not true: "pulumi up --yes --skip-preview" stops');
  });

  test("when a field that nobody here manages is lost", { timeout: 120_000 }, async () => {
    const output = await failingWith(({ control }) => {
      control.hook({
        // As a client would that sends its own fields only.
        before: (request) => {
          if (request.method === "PUT") request.body = request.body.replace('"replication_mode":"SOURCE",', "");
        },
      });
      return control;
    });
    expect(output).toContain("✗ Not true: so is the replication mode");
    expect(output).toContain("found:");
  });
});

const expectedLines = [
  "Nothing of yours is touched",
  "$ pulumi up --yes --skip-preview",
  "✓ web is routed, its gateway is 10.20.1.1/24",
  "✓ storage has VLANs 110 and 120-129",
  "✓ restore is cut off",
  "$ pulumi refresh --preview-only --diff",
  '~ gatewayAddress: "10.20.1.1/24" => "10.20.1.254/24"',
  '~ tag: "shop" => "payments"',
  "✓ nothing was written to NSX",
  "$ pulumi up --refresh --yes --skip-preview",
  "✓ restore is back",
  "$ pulumi refresh --preview-only --expect-no-changes",
  "✓ no drift is left",
  "✓ Pulumi stopped before it wrote anything",
  "was changed by maria at ",
  "✓ it says which field, both values, who and when",
  "✓ our change is on NSX",
  "✓ so is the replication mode, which the program never mentions: SOURCE",
  "$ pulumi destroy --yes --skip-preview",
  "✓ NSX has no segment left",
  "checks held. That took",
  "npx pulumi-nginx-nsx simulate",
];

/**
 * Runs the script as `npm start` does, interrupts it as soon as its output has a text, and sees to it that nothing stays
 * behind in the folder for temporary files.
 */
async function run(
  environment: NodeJS.ProcessEnv,
  interruptAt?: string,
): Promise<{ code: number | null; output: string }> {
  const folder = await mkdtemp(join(tmpdir(), "demo-"));
  const env = { ...environment, TMPDIR: folder };
  const child = spawn(process.execPath, [script], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let interrupted = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
      if (interrupted || interruptAt === undefined || !output.includes(interruptAt)) return;
      interrupted = true;
      child.kill("SIGINT");
    });
  }
  const [code] = await once(child, "close");
  expect(await readdir(folder)).toEqual([]);
  await rmdir(folder);
  return { code, output };
}

/** What the demonstration says when it fails with this colleague; fails itself when all was said to be true. */
async function failingWith(colleagueOn: (nsx: NsxSimulator) => Colleague): Promise<string> {
  let output = "";
  const narration = narrate((text) => {
    output += text;
  }, false);
  const { signal } = new AbortController();
  expect(await demonstrate({ narration, colors: false, signal, colleagueOn })).toBe(false);
  return output;
}
