import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { Workspace } from "../tools/pulumi.ts";
import { failing, program, segmentsOf } from "./stack.ts";

/** A port of this machine at which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("bad days", { timeout: 600_000 }, () => {
  let nsx: NsxSimulator;
  let stack: Workspace;
  let output: string;

  /** A segment with a provider of its own, so that one run has many kinds of bad day. */
  const segmentWith = (name: string, settings: object, args: object = {}) => {
    const all = { "nsx:endpoint": nsx.url, "nsx:username": nsx.username, "nsx:password": nsx.password, ...settings };
    const provider = `new pulumi.ProviderResource("pulumi-nodejs", "${name}", ${JSON.stringify(all)})`;
    return `new NsxSegment("${name}", ${JSON.stringify({ segmentId: name, ...args })}, { provider: ${provider} });`;
  };

  /** What stands under the resource in Pulumi's diagnostics; it is said there, and once. */
  function messageOf(name: string, shown = output): string {
    const diagnostics = shown.slice(shown.indexOf("Diagnostics:"));
    const title = `NsxSegment (${name}):\n`;
    expect(diagnostics.split(title), shown).toHaveLength(2);
    return /^( {4}.*\n)+/.exec(diagnostics.slice(diagnostics.indexOf(title) + title.length))?.[0] ?? "";
  }

  beforeAll(async () => {
    nsx = await startNsxSimulator({ https: true });
    const { faults } = nsx.control;
    const put = (name: string) => `PUT /policy/api/v1/infra/segments/${name}`;
    faults.inject({ match: put("html"), fault: { kind: "html502" }, times: "always" });
    faults.inject({ match: put("cut"), fault: { kind: "cut" } });
    faults.inject({ match: put("half-json"), fault: { kind: "wrongJson" } });
    const statements = [
      segmentWith("wrong-password", { "nsx:password": "guessed" }),
      segmentWith("wrong-password-basic", { "nsx:password": "guessed", "nsx:auth": "basic" }),
      segmentWith("no-password", { "nsx:password": undefined }),
      segmentWith("no-listener", { "nsx:endpoint": `http://127.0.0.1:${await closedPort()}` }),
      segmentWith("untrusted", { "nsx:endpoint": nsx.httpsUrl }),
      segmentWith("trusted", { "nsx:endpoint": nsx.httpsUrl, "nsx:caCertificate": nsx.caCertificate }),
      segmentWith("html", { "nsx:timeout": "2" }),
      segmentWith("no-zone", {}, { transportZonePath: "/infra/sites/default/enforcement-points/default/none" }),
      segmentWith("cut", {}),
      segmentWith("half-json", {}),
      segmentWith("plain", {}),
    ];
    stack = await Workspace.create({ program: program(...statements) });
    const run = await stack.up(["--continue-on-error"], { expect: null });
    expect(run.code).not.toBe(0);
    output = run.output;
  }, 120_000);
  afterAll(async () => {
    await stack?.remove();
    await nsx?.close();
  });

  test.each([
    ["wrong-password", /refused the login of "admin": .*NSX_PASSWORD, or nsx:username and nsx:password\./],
    ["wrong-password-basic", /refused the login of "admin": .*NSX_PASSWORD, or nsx:username and nsx:password\./],
    [
      "no-password",
      /nsx:password is not set\. Set it with "pulumi config set --secret nsx:password …" or .*NSX_PASSWORD/,
    ],
    ["no-listener", /http:\/\/127\.0\.0\.1:\d+: nothing listens there; check host and port/],
    [
      "untrusted",
      /The certificate of https:\/\/127\.0\.0\.1:\d+ does not verify: .* nsx:thumbprint .*nsx:caCertificate/,
    ],
    ["html", /HTML \(502 Bad Gateway\); is there a proxy/],
    ["no-zone", /PUT \S+\/infra\/segments\/no-zone answered 400 \(error 500012\): The path=\[.*none\] is invalid/],
  ])("%s: one message under the resource, with the way out", (name, expected) => {
    const message = messageOf(name);
    expect(message).toMatch(expected);
    expect(message).toMatch(new RegExp(`^ {4}error: NsxSegment ${name}: create failed\\. .*\\n$`));
  });

  test("a certificate verifies against the given authority; an answer cut off is read again; nothing is half made", async () => {
    const made = [
      "/infra/segments/cut",
      "/infra/segments/half-json",
      "/infra/segments/plain",
      "/infra/segments/trusted",
    ];
    expect(segmentsOf(nsx).sort()).toEqual(made);
    expect((await stack.resources("NsxSegment")).map(({ id }) => id).sort()).toEqual(made);
    expect(output).not.toContain("guessed");
    // Sent once each, since a second one could lock the account.
    expect(nsx.control.requests.find("POST /api/session/create").filter(({ status }) => status === 403)).toHaveLength(
      1,
    );
  });

  test("a read or delete that is refused, fails or gets a page is an error, never a segment that is gone", async () => {
    const answers = [
      ["cut", 401, { error_code: 401, error_message: "log in first" }, /answered 401 .*log in first/],
      ["half-json", 403, { error_code: 289, error_message: "no permission" }, /answered 403 .*no permission/],
      ["trusted", 500, { error_code: 99, error_message: "internal" }, /answered 500 .*internal/],
      [
        "plain",
        200,
        "<html><title>Please log in</title></html>",
        /answered HTML \(Please log in\) instead of NSX's JSON/,
      ],
    ] as const;
    for (const [name, status, body] of answers) {
      const fault = { kind: "respond", when: "before", status, body } as const;
      nsx.control.faults.inject({ match: `GET /policy/api/v1/infra/segments/${name}`, fault, times: "always" });
    }
    const refreshed = await failing(stack, ["refresh", "--yes", "--skip-preview"]);
    for (const [name, , , expected] of answers) {
      const message = messageOf(name, refreshed);
      expect(message).toContain(`error: NsxSegment /infra/segments/${name}: read failed. `);
      expect(message).toMatch(expected);
    }
    expect(await stack.resources("NsxSegment")).toHaveLength(answers.length);

    // The very reads that a delete begins with.
    const destroyed = await failing(stack, ["destroy", "--yes", "--skip-preview"]);
    const shown = answers.filter(([name]) =>
      destroyed.includes(`error: NsxSegment /infra/segments/${name}: delete failed`),
    );
    expect(shown.length, destroyed).toBeGreaterThan(0);
    for (const [name, , , expected] of shown) expect(messageOf(name, destroyed)).toMatch(expected);
    expect(await stack.resources("NsxSegment")).toHaveLength(answers.length);
  });
});
