// The way to a system on the real engine: a pinned certificate, a company's proxy, and what is said about both.
import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { type ConnectProxy, startConnectProxy } from "../tools/connectProxy.ts";
import type { Workspace } from "../tools/pulumi.ts";
import { failing, nsxStack, program, segment, segmentsOf } from "./stack.ts";

const password = "pr0xy/p@ss word";

describe("the way there", { timeout: 600_000 }, () => {
  let nsx: NsxSimulator;
  let proxy: ConnectProxy;
  let stack: Workspace;

  beforeAll(async () => {
    nsx = await startNsxSimulator({ https: true, allowedHosts: ["nsx.example.com"] });
    proxy = await startConnectProxy(Number(new URL(nsx.httpsUrl ?? "").port), { password });
    stack = await nsxStack(nsx, { program: program(segment("one"), segment("two")) });
  });
  afterAll(async () => {
    await stack?.remove();
    await nsx?.close();
    proxy?.close();
  });

  // The tests go on from each other, as the life of a stack does.
  test("leads through a proxy to a certificate that is pinned, with no password of the proxy in what is shown", async () => {
    const env = {
      NSX_ENDPOINT: "https://nsx.example.com",
      NSX_THUMBPRINT: new X509Certificate(nsx.caCertificate ?? "").fingerprint256,
      HTTPS_PROXY: `http://pulumi:${encodeURIComponent(password)}@127.0.0.1:${proxy.port}`,
      NODE_DEBUG: "pulumi-nginx-nsx",
    };
    await stack.run(["config", "rm", "nsx:endpoint"]);
    const { output } = await stack.up([], { env });
    expect(segmentsOf(nsx).sort()).toEqual(["/infra/segments/one", "/infra/segments/two"]);
    expect(new Set(proxy.asked)).toEqual(new Set(["CONNECT nsx.example.com:443"]));
    expect(output).toMatch(
      /PUT https:\/\/nsx\.example\.com\/policy\/api\/v1\/infra\/segments\/one: 200, request [0-9a-f-]{36}, \d+ ms/,
    );
    for (const text of [password, encodeURIComponent(password), nsx.password]) expect(output).not.toContain(text);
  });

  test("says of a proxy that refuses why, without its password", async () => {
    const env = {
      NSX_ENDPOINT: "https://nsx.example.com",
      HTTPS_PROXY: `http://pulumi:gu3ssed@127.0.0.1:${proxy.port}`,
    };
    const output = await failing(stack, ["refresh", "--yes", "--skip-preview"], { env });
    expect(output).toMatch(
      /The proxy http:\/\/127\.0\.0\.1:\d+ on the way to https:\/\/nsx\.example\.com asks for a user/,
    );
    expect(output).not.toContain("gu3ssed");
  });

  test("leads to this machine past any proxy; without verification there is one warning for a run", async () => {
    const env = {
      NSX_ENDPOINT: nsx.httpsUrl ?? "",
      NSX_INSECURE_SKIP_VERIFY: "true",
      HTTPS_PROXY: "http://127.0.0.1:1",
      https_proxy: "http://127.0.0.1:1",
    };
    const { output } = await stack.run(["refresh", "--yes", "--skip-preview"], { env });
    const diagnostics = output.slice(output.indexOf("Diagnostics:"));
    expect(diagnostics.split("warning: nsx:insecureSkipVerify is on")).toHaveLength(2);
    expect(output).not.toContain("PULUMI-NGINX-NSX");
  });
});
