import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { nimSettings } from "../../provider/nim/settings.ts";
import { nsxSettings } from "../../provider/nsx/settings.ts";

const credentials = { NSX_USERNAME: "pulumi", NSX_PASSWORD: "secret" };
const complete = { NSX_ENDPOINT: "https://nsx.example.com", ...credentials };

const fromStack =
  (values: Record<string, string> = {}) =>
  (key: string) =>
    values[key];

describe("where a setting comes from", () => {
  test("the stack or the environment, under the same name", () => {
    const stack = fromStack({ "nsx:maxRequestsPerSecond": "50" });
    expect(nsxSettings(stack, complete)).toMatchObject({
      endpoint: "https://nsx.example.com",
      maxRequestsPerSecond: 50,
    });
    expect(nsxSettings(fromStack(), { ...complete, NSX_MAX_REQUESTS_PER_SECOND: "50" }).maxRequestsPerSecond).toBe(50);
  });

  test("credentials from the environment first, since the state may hold old ones", () => {
    const stack = fromStack({ "nsx:password": "old", "nsx:username": "old" });
    expect(nsxSettings(stack, complete)).toMatchObject({ username: "pulumi", password: "secret" });
  });

  test("everything else from the stack first, since a stack belongs to one manager", () => {
    const stack = fromStack({ "nsx:endpoint": "https://other.example.com" });
    expect(nsxSettings(stack, complete).endpoint).toBe("https://other.example.com");
  });

  test("an empty variable is none", () => {
    expect(() => nsxSettings(fromStack(), { ...complete, NSX_PASSWORD: "" })).toThrow("nsx:password is not set");
  });
});

describe("defaults are the systems' own limits", () => {
  test("of NSX", () => {
    expect(nsxSettings(fromStack(), complete)).toMatchObject({
      auth: "session",
      maxRequestsPerSecond: 100,
      maxConcurrency: 38,
      onConflict: "fail",
      insecureSkipVerify: false,
      timeout: 600,
    });
  });

  test("of NIM", () => {
    const environment = { NIM_ENDPOINT: "https://nim.example.com", NIM_USERNAME: "a", NIM_PASSWORD: "b" };
    expect(nimSettings(fromStack(), environment)).toMatchObject({
      basePath: "/api/platform/v1",
      maxRequestsPerSecond: 20,
    });
  });
});

describe("a missing or wrong setting", () => {
  test("is named with both ways to set it, and so is every other one", () => {
    const attempt = () => nsxSettings(fromStack(), {});
    expect(attempt).toThrow(
      'nsx:endpoint is not set. Set it with "pulumi config set nsx:endpoint …" or in the environment as NSX_ENDPOINT.',
    );
    expect(attempt).toThrow('pulumi config set --secret nsx:password …" or in the environment as NSX_PASSWORD');
    expect(attempt).toThrow("NSX_USERNAME");
  });

  test.each([
    ["NSX_ENDPOINT", "nsx.example.com", /nsx:endpoint is wrong/],
    ["NSX_ENDPOINT", "ftp://nsx.example.com", /nsx:endpoint is wrong/],
    ["NSX_AUTH", "kerberos", /nsx:auth is wrong.*session/],
    ["NSX_INSECURE_SKIP_VERIFY", "yes", /nsx:insecureSkipVerify is wrong/],
    ["NSX_TIMEOUT", "-1", /nsx:timeout is wrong/],
    ["NSX_MAX_CONCURRENCY", "1.5", /nsx:maxConcurrency is wrong/],
    ["NSX_ON_CONFLICT", "maybe", /nsx:onConflict is wrong/],
  ])("%s = %s", (name, value, message) => {
    expect(() => nsxSettings(fromStack(), { ...complete, [name]: value })).toThrow(message);
  });

  test("a password is in no message", () => {
    const attempt = () => nsxSettings(fromStack(), { NSX_PASSWORD: "hunter2", NSX_ENDPOINT: "x" });
    expect(attempt).toThrow();
    expect(attempt).not.toThrow(/hunter2/);
  });
});

describe("authorities to trust", () => {
  test("as PEM text, or as the path of a file that has it", async () => {
    const pem = "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n";
    const folder = await mkdtemp(join(tmpdir(), "config-"));
    await writeFile(join(folder, "ca.pem"), pem);
    for (const given of [pem, join(folder, "ca.pem")]) {
      expect(nsxSettings(fromStack(), { ...complete, NSX_CA_CERTIFICATE: given }).caCertificate).toBe(pem);
    }
    await rm(folder, { recursive: true });
  });

  test("a file that is not there is named", () => {
    expect(() => nsxSettings(fromStack(), { ...complete, NSX_CA_CERTIFICATE: "/no/such.pem" })).toThrow(
      /nsx:caCertificate is wrong.*\/no\/such\.pem/,
    );
  });
});

describe("what would lead elsewhere, or to nothing, is refused", () => {
  const nim = { NIM_ENDPOINT: "https://nim.example.com", NIM_USERNAME: "admin", NIM_PASSWORD: "secret" };

  test("an endpoint with a user in it", () => {
    const endpoint = "https://admin:hidden@nsx.example.com";
    expect(() => nsxSettings(fromStack(), { ...complete, NSX_ENDPOINT: endpoint })).toThrow(
      "leave user and password out",
    );
  });

  test.each(["/api/../other", "/api/platform v1", "//other.example.com"])("a base path like %s", (basePath) => {
    expect(() => nimSettings(fromStack({ "nim:basePath": basePath }), nim)).toThrow("nim:basePath is wrong");
  });

  test("a base path loses the slash at its end", () => {
    expect(nimSettings(fromStack({ "nim:basePath": "/api/platform/v1/" }), nim).basePath).toBe("/api/platform/v1");
  });

  test("authorities without a certificate: Node would go by the system's", async () => {
    const folder = await mkdtemp(join(tmpdir(), "authorities-"));
    const file = join(folder, "empty.pem");
    await writeFile(file, "");
    for (const text of [file, "-----BEGIN PRIVATE KEY-----\n"]) {
      expect(() => nsxSettings(fromStack({ "nsx:caCertificate": text }), complete)).toThrow("certificate in");
    }
    await rm(folder, { recursive: true });
  });
});
