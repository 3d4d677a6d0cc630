import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rmdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { demonstrate, type Options } from "../../scripts/demo/demonstrate.ts";
import { narrate } from "../../scripts/demo/narration.ts";
import type { Colleague, Simulators } from "../../scripts/demo/systems.ts";
import { findNginx } from "../../simulators/nim/index.ts";

const script = fileURLToPath(new URL("../../scripts/demo.ts", import.meta.url));

describe("npm start", () => {
  test("says what it does, does what it says, and leaves the user's systems alone", { timeout: 600_000 }, async () => {
    const requests: string[] = [];
    const usersOwn = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      response.writeHead(500).end();
    }).listen(0, "127.0.0.1");
    await once(usersOwn, "listening");
    try {
      const endpoint = `http://127.0.0.1:${(usersOwn.address() as AddressInfo).port}`;
      const nsx = { NSX_ENDPOINT: endpoint, NSX_USERNAME: "me", NSX_PASSWORD: "my-secret" };
      const nim = { NIM_ENDPOINT: endpoint, NIM_USERNAME: "me", NIM_PASSWORD: "my-secret" };
      const { code, output } = await run({ ...process.env, ...nsx, ...nim, FORCE_COLOR: undefined });
      for (const name of Object.keys({ ...nsx, ...nim })) expect(output).toContain(name);
      for (const line of expectedLines) expect(output).toContain(line);
      for (const line of findNginx() ? linesWithNginx : linesWithoutNginx) expect(output).toContain(line);
      expect(output).not.toContain("my-secret");
      expect(output).not.toContain("\u001B");
      expect(output).not.toContain("Not true");
      expect(code).toBe(0);
      expect(requests).toEqual([]);
    } finally {
      usersOwn.close();
    }
  });

  test("says so where there is no nginx, and shows the rest", { timeout: 600_000 }, async () => {
    const { isTrue, output } = await play({ nginx: false });
    for (const line of [...expectedLines, ...linesWithoutNginx]) expect(output).toContain(line);
    expect(output).not.toContain("  →  ");
    expect(isTrue).toBe(true);
  });

  test("stops at Ctrl-C, and cleans up", { timeout: 600_000 }, async () => {
    const { code, output } = await run(process.env, "$ pulumi up");
    expect(output).toContain("Everything that was started for this is gone again.");
    expect(code).toBe(130);
  });
});

describe("the demonstration fails", () => {
  test("when nobody works on NSX", { timeout: 600_000 }, async () => {
    const output = await failingWith(({ nim }) => ({
      nsx: { change: () => ({}), delete: () => {} },
      nim: nim.control,
    }));
    expect(output).toContain("✗ Not true: the gateway: 10.20.1.1/24 is now 10.20.1.254/24");
    expect(output).not.toContain("Repair");
  });

  test("when nobody edits the config", { timeout: 600_000 }, async () => {
    const output = await failingWith(({ nsx, nim }) => ({
      nsx: nsx.control,
      nim: { ...nim.control, editConfig: async () => {} },
    }));
    const claim = findNginx() ? "visitors meet a closed door" : "the config: its new line is return 503";
    expect(output).toContain(`✗ Not true: ${claim}`);
    expect(output).not.toContain("Repair");
  });

  test("when nobody touches the role", { timeout: 600_000 }, async () => {
    const output = await failingWith(({ nsx, nim }) => ({
      nsx: nsx.control,
      nim: { ...nim.control, revokePermission: () => ({}) },
    }));
    expect(output).toContain("✗ Not true: the role: UPDATE is gone");
    expect(output).not.toContain("Repair");
  });

  test("when a config with a mistake is taken", { timeout: 600_000 }, async () => {
    const output = await failingWith(({ nsx, nim }) => {
      nim.control.hook({
        before: (request) => {
          const { method, path } = request;
          if (method === "POST" && /\/(config|analysis)$/.test(path)) request.body = corrected(request.body);
        },
      });
      return { nsx: nsx.control, nim: nim.control };
    });
    expect(output).toContain('✗ Not true: "pulumi up --yes --skip-preview" stops');
    expect(output).toContain("Make a mistake");
    expect(output).not.toContain("Lose nobody's change");
  });

  test("when an update goes through that was to stop", { timeout: 600_000 }, async () => {
    // The colleague works on the first day only.
    let gatewayMoves = 0;
    const output = await failingWith(({ nsx, nim }) => ({
      nsx: {
        ...nsx.control,
        change: (path, changes, user) =>
          "subnets" in changes && ++gatewayMoves > 1 ? {} : nsx.control.change(path, changes, user),
      },
      nim: nim.control,
    }));
    expect(output).toContain('✗ Not true: "pulumi up --yes --skip-preview" stops');
    expect(output).toContain("Lose nobody's change");
  });

  test("when a field that nobody here manages is lost", { timeout: 600_000 }, async () => {
    const output = await failingWith(({ nsx, nim }) => {
      nsx.control.hook({
        // As a client would that sends its own fields only.
        before: (request) => {
          if (request.method === "PUT") request.body = request.body.replace('"replication_mode":"SOURCE",', "");
        },
      });
      return { nsx: nsx.control, nim: nim.control };
    });
    expect(output).toContain("✗ Not true: so is the replication mode");
    expect(output).toContain("found:");
  });
});

const expectedLines = [
  "Nothing of yours is touched",
  "$ pulumi up --yes --skip-preview",
  "✓ NSX routes web through the gateway 10.20.1.1/24",
  "✓ operators may publish",
  "$ pulumi refresh --preview-only --diff",
  '~ gatewayAddress: "10.20.1.1/24" => "10.20.1.254/24"',
  "return 503;",
  '- [1]: "UPDATE"',
  "✓ nothing was written",
  "$ pulumi up --refresh --yes --skip-preview",
  "✓ storage is back",
  "✓ operators may publish again",
  "$ pulumi refresh --preview-only --expect-no-changes",
  "✓ no drift is left",
  '/etc/nginx/conf.d/site.conf:20: unexpected "}"',
  "✓ the state is as it was",
  "✓ Pulumi stopped before it wrote anything",
  "was changed by maria at ",
  "✓ it says which field, both values, who and when",
  "✓ our change is on NSX",
  "✓ so is the replication mode, which the program never mentions: SOURCE",
  "$ pulumi destroy --yes --skip-preview",
  "✓ NSX is as it was before the first step",
  "✓ NIM has the certificates and roles from before",
  "checks held. That took",
  "npx pulumi-nginx-nsx simulate",
];

const linesWithNginx = [
  "Behind NIM is a real nginx",
  "→  200 The shop is open",
  "✓ nginx serves the page that the stack declares",
  "✓ over HTTPS, too, with the stack's certificate (SHA-256 ",
  "→  503 Service Temporarily Unavailable",
  "✓ the site is open again",
  "✓ the site is open all the same, with the page from before",
  "→  200 Open until midnight",
  "✓ it runs, and serves nothing",
];

const linesWithoutNginx = [
  "There is no nginx here and no way to get one",
  "✓ NIM's analysis says what is wrong, and in which line",
  "✓ so is the config on NIM",
];

/** The body of a publish with its semicolon back. */
function corrected(body: string): string {
  const config = JSON.parse(body) as { configFiles: { files: { name: string; contents: string }[] } };
  for (const file of config.configFiles.files) {
    const text = Buffer.from(file.contents, "base64").toString();
    file.contents = Buffer.from(text.replace(/(proxy_pass .*[^;])$/m, "$1;")).toString("base64");
  }
  return JSON.stringify(config);
}

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
async function failingWith(colleagueOn: (simulators: Simulators) => Colleague): Promise<string> {
  const { isTrue, output } = await play({ colleagueOn });
  expect(isTrue).toBe(false);
  return output;
}

async function play(options: Pick<Options, "colleagueOn" | "nginx">): Promise<{ isTrue: boolean; output: string }> {
  let output = "";
  const narration = narrate((text) => {
    output += text;
  }, false);
  const { signal } = new AbortController();
  const isTrue = await demonstrate({ narration, colors: false, signal, ...options });
  return { isTrue, output };
}
