// Through a real proxy on this machine (CONNECT, RFC 9110): which hosts go through it, that TLS is verified with the host
// behind it, what is said when it does not let anybody through, and that nobody sees its password.
import { createServer as createTlsServer } from "node:https";
import { createServer as createNetServer } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { createProviders } from "../../provider/pulumi/providers.ts";
import { systemClock } from "../../provider/travel/clock.ts";
import { createDownload } from "../../provider/travel/download.ts";
import { createHttp } from "../../provider/travel/http.ts";
import { proxySecrets } from "../../provider/travel/proxies.ts";
import { createServerTime } from "../../provider/travel/serverTime.ts";
import type { Environment } from "../../provider/travel/settings.ts";
import { timeLimit } from "../../provider/travel/timeLimit.ts";
import { fingerprintOf, type TlsOptions } from "../../provider/travel/tls.ts";
import { undiciTransport } from "../../provider/travel/transport.ts";
import { type ConnectProxyOptions, listen, startConnectProxy, tunnel } from "../tools/connectProxy.ts";
import { neverSignal, noLimit } from "../tools/noLimit.ts";
import { type Issued, issue } from "../tools/pki.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";

const authority = await issue("Company Authority", { authority: true });
const ca = { caCertificate: authority.certificate };
const host = await issue("nsx.example.com", { issuer: authority });

const opened: { close(): unknown }[] = [];
afterEach(() => {
  for (const { close } of opened.splice(0)) close();
});

async function open<T extends { close(): unknown }>(opening: Promise<T>): Promise<T> {
  const it = await opening;
  opened.push(it);
  return it;
}

const startProxy = (...args: Parameters<typeof startConnectProxy>) => open(startConnectProxy(...args));

async function serve({ certificate, key }: Issued = host): Promise<{ port: number; requests: string[] }> {
  const requests: string[] = [];
  const server = createTlsServer({ cert: certificate, key }, ({ method, url, headers }, response) => {
    requests.push(`${method} ${headers.host} ${url}`);
    expect(headers).not.toHaveProperty("proxy-authorization");
    response.end("{}");
  });
  return { port: (await open(listen(server))).port, requests };
}

function ask(origin: string, environment: Environment, tls: Partial<TlsOptions> = ca): Promise<number> {
  const send = undiciTransport(origin, { system: "nsx", ...tls }, 2, environment);
  return send({ method: "PUT", path: "/x", body: "secret", limit: noLimit }).then(({ status }) => status);
}

describe("a request goes", () => {
  const at = (port: number) => `http://127.0.0.1:${port}`;
  test.each<[string, (port: number) => Environment]>([
    ["HTTPS_PROXY", (port) => ({ HTTPS_PROXY: at(port) })],
    ["https_proxy, before it", (port) => ({ https_proxy: at(port), HTTPS_PROXY: "http://127.0.0.1:1" })],
    ["HTTP_PROXY where there is no other", (port) => ({ HTTP_PROXY: at(port) })],
    ["a proxy without a scheme", (port) => ({ HTTPS_PROXY: `127.0.0.1:${port}` })],
    ["a proxy with a slash at its end", (port) => ({ HTTPS_PROXY: `${at(port)}/` })],
    [
      "a proxy, though others are in NO_PROXY",
      (port) => ({ HTTPS_PROXY: at(port), NO_PROXY: "example.org,10.0.0.0/8" }),
    ],
  ])("through %s, for many requests at once", async (_, environmentOf) => {
    const { port, requests } = await serve();
    const proxy = await startProxy(port);
    const origin = "https://nsx.example.com";
    const send = undiciTransport(origin, { system: "nsx", ...ca }, 2, environmentOf(proxy.port));
    const all = Array.from({ length: 10 }, (_, i) => send({ method: "GET", path: `/${i}?q=1`, limit: noLimit }));
    expect((await Promise.all(all)).map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(requests.sort()).toEqual(Array.from({ length: 10 }, (_, i) => `GET nsx.example.com /${i}?q=1`));
    expect(new Set(proxy.asked)).toEqual(new Set(["CONNECT nsx.example.com:443"]));
    expect(proxy.asked.length).toBeLessThanOrEqual(2);
  });

  test.each([
    ["this machine by name", "localhost", ""],
    ["this machine by address", "127.0.0.1", ""],
    ["a host of NO_PROXY", "nsx.test", "other.test,nsx.test"],
    ["a host below one of NO_PROXY", "a.nsx.test", ".nsx.test"],
    ["a host and port of NO_PROXY", "nsx.test", "nsx.test:PORT"],
    ["any host with * in NO_PROXY", "nsx.test", "*"],
    ["an address of a network in NO_PROXY", "192.0.2.7", "10.0.0.0/8, 192.0.2.0/24"],
  ])("past the proxy to %s", async (_, name, noProxy) => {
    const { port } = await serve(await issue("nsx", { issuer: authority, names: [name] }));
    const proxy = await startProxy(port);
    const environment = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: noProxy.replace("PORT", `${port}`) };
    // Nowhere else than here is such a host, and who goes there himself may wait long for an answer.
    const limit = timeLimit(systemClock, 1, "nsx:timeout");
    const send = undiciTransport(`https://${name}:${port}`, { system: "nsx", ...ca }, 2, environment);
    const answer = send({ method: "GET", path: "/x", limit }).then(({ status }) => status);
    if (/^(localhost|127)/.test(name)) expect(await answer).toBe(200);
    else await expect(answer).rejects.toThrow(`No whole answer from https://${name}:${port}`);
    expect(proxy.asked).toEqual([]);

    if (noProxy === "") return;
    expect(await ask(`https://${name}:${port}`, { HTTPS_PROXY: environment.HTTPS_PROXY })).toBe(200);
  });

  test("past the proxy that this process has, where the provider's environment has none", async () => {
    const { port } = await serve();
    const proxy = await startProxy(port);
    process.env.HTTPS_PROXY = `http://127.0.0.1:${proxy.port}`;
    try {
      await expect(ask("https://nsx.test", {})).rejects.toThrow("No whole answer");
      await expect(ask("https://nsx.test", { HTTP_PROXY: "http://127.0.0.1:1" })).rejects.toThrow("http://127.0.0.1:1");
    } finally {
      delete process.env.HTTPS_PROXY;
    }
    expect(proxy.asked).toEqual([]);
  });
});

describe("behind a proxy", () => {
  const withProxy = async (issued: Issued, options: ConnectProxyOptions = {}) => {
    const { port, requests } = await serve(issued);
    const proxy = await startProxy(port, options);
    return { proxy, requests, environment: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` } };
  };

  test.each<[string, Parameters<typeof issue>, Partial<TlsOptions>, RegExp]>([
    ["of an unknown authority", ["nsx.example.com", { issuer: authority }], {}, /no authority .*nsx:caCertificate/],
    [
      "of another name",
      ["nsx.example.org", { issuer: authority }],
      ca,
      /DNS:nsx.example.org and not to nsx.example.com/,
    ],
    ["that is not pinned", ["nsx.example.com", { issuer: authority }], { ...ca, thumbprint: "AA" }, /nsx:thumbprint/],
  ])("a certificate %s is not believed", async (_, issuedAs, tls, words) => {
    const { requests, environment } = await withProxy(await issue(...issuedAs));
    await expect(ask("https://nsx.example.com", environment, tls)).rejects.toThrow(words);
    expect(requests).toEqual([]);
  });

  test("the pinned certificate is", async () => {
    const pinned = await issue("somebody");
    const { environment } = await withProxy(pinned);
    const thumbprint = fingerprintOf(pinned.certificate);
    expect(await ask("https://nsx.example.com", environment, { thumbprint })).toBe(200);
  });

  test("a client certificate is shown to the host", async () => {
    const own = await issue("principal", { issuer: authority });
    const { certificate: cert, key } = host;
    const shown: unknown[] = [];
    const options = { cert, key, ca: authority.certificate, requestCert: true };
    const server = createTlsServer(options, ({ socket }, response) => {
      shown.push((socket as TLSSocket).getPeerCertificate().fingerprint256);
      response.end("{}");
    });
    const proxy = await startProxy((await open(listen(server))).port);
    const principal = { ...ca, clientCertificate: own.certificate, clientKey: own.key };
    const environment = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    expect(await ask("https://nsx.example.com", environment, principal)).toBe(200);
    expect(shown).toEqual([fingerprintOf(own.certificate)]);
  });
});

describe("a proxy", () => {
  const password = "pr0xy/p@ss word";
  const withCredentials = (port: number, given: string) =>
    `http://pulumi:${encodeURIComponent(given)}@127.0.0.1:${port}`;

  test("gets the user and password in its URL, and nobody else does", async () => {
    const { port, requests } = await serve();
    const proxy = await startProxy(port, { password });
    expect(await ask("https://nsx.example.com", { HTTPS_PROXY: withCredentials(proxy.port, password) })).toBe(200);
    expect(requests).toEqual(["PUT nsx.example.com /x"]);
    expect(proxy.credentials).toEqual([`Basic ${Buffer.from(`pulumi:${password}`).toString("base64")}`]);
  });

  test("that refuses them is told so, without them, and not asked again", async () => {
    const { port, requests } = await serve();
    const proxy = await startProxy(port, { password });
    const environment = { HTTPS_PROXY: withCredentials(proxy.port, "gu3ssed") };
    const clock = createVirtualClock();
    const http = createHttp({
      system: "NSX",
      endpoint: "https://nsx.example.com",
      limits: { requestsPerSecond: 100, concurrency: 38 },
      limitAdvice: "",
      clock,
      serverTime: createServerTime(clock),
      transport: undiciTransport("https://nsx.example.com", { system: "nsx", ...ca }, 2, environment),
      readError: () => undefined,
    });
    await expect(http({ method: "GET", path: "/x", limit: noLimit })).rejects.toHaveProperty(
      "message",
      `The proxy http://127.0.0.1:${proxy.port} on the way to https://nsx.example.com asks for a user and password, or refuses those in its URL; see HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment.`,
    );
    expect(proxy.asked).toHaveLength(1);
    expect(requests).toEqual([]);
  });

  test("that lets nobody through there", async () => {
    const { port } = await serve();
    const proxy = await startProxy(port, { refuses: 403 });
    await expect(
      ask("https://nsx.example.com", { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` }),
    ).rejects.toHaveProperty(
      "message",
      `The proxy http://127.0.0.1:${proxy.port} on the way to https://nsx.example.com answers 403 and opens none; see HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment.`,
    );
  });

  test("that is not there", async () => {
    const answer = ask("https://nsx.example.com", { HTTPS_PROXY: "http://pulumi:s3cret@127.0.0.1:1" });
    await expect(answer).rejects.toHaveProperty(
      "message",
      "The proxy http://127.0.0.1:1 on the way to https://nsx.example.com is not reached: nothing listens there; check host and port; see HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment.",
    );
  });

  test("that hangs up", async () => {
    const server = createNetServer((socket) => socket.destroy());
    const environment = { HTTPS_PROXY: `http://127.0.0.1:${(await open(listen(server))).port}` };
    await expect(ask("https://nsx.example.com", environment)).rejects.toThrow(/^The proxy \S+ on the way to /);
  });

  test.each(["socks5://127.0.0.1:1080", "http://", "http://pulumi:s3cret%@127.0.0.1:1", "ftp://pulumi:s3cret@x"])(
    "that is none is refused without its URL: %s",
    async (url) => {
      await expect(ask("https://nsx.example.com", { HTTPS_PROXY: url })).rejects.toHaveProperty(
        "message",
        "HTTPS_PROXY in the environment is not the URL of a proxy: http:// or https://, host and port.",
      );
      const { port } = await serve(await issue("localhost", { issuer: authority }));
      expect(await ask(`https://localhost:${port}`, { HTTPS_PROXY: url })).toBe(200);
    },
  );

  test("of one's own company, over TLS", async () => {
    const { port } = await serve();
    const own = await issue("localhost", { issuer: authority });
    const asked: unknown[] = [];
    const askForCertificate = { requestCert: true, rejectUnauthorized: false };
    const server = createTlsServer({ cert: own.certificate, key: own.key, ...askForCertificate });
    const shown: unknown[] = [];
    server.on("connect", ({ url }, socket: TLSSocket) => {
      asked.push(url);
      shown.push(socket.getPeerCertificate()?.fingerprint256);
      tunnel(socket, port);
    });
    const principal = await issue("principal", { issuer: authority });
    const environment = { HTTPS_PROXY: `https://localhost:${(await open(listen(server))).port}` };
    const tls = { ...ca, clientCertificate: principal.certificate, clientKey: principal.key };
    expect(await ask("https://nsx.example.com", environment, tls)).toBe(200);
    expect(asked).toEqual(["nsx.example.com:443"]);
    // The host's to see, and nobody's on the way.
    expect(shown).toEqual([undefined]);
    await expect(
      ask("https://nsx.example.com", environment, { thumbprint: fingerprintOf(host.certificate) }),
    ).rejects.toThrow(
      /^The proxy https:\/\/localhost:\d+ on the way to https:\/\/nsx\.example\.com shows a certificate that does not verify/,
    );
  });

  test("has no password in any message", () => {
    const environment = {
      https_proxy: "http://pulumi:p%40ss-of-https@proxy.test",
      HTTP_PROXY: "pulumi:of-http@proxy.test",
    };
    expect(proxySecrets(environment)).toEqual(
      expect.arrayContaining(["p%40ss-of-https", "p@ss-of-https", "pulumi:p@ss-of-https", "of-http"]),
    );
    expect(proxySecrets({ HTTPS_PROXY: "http://proxy.test:3128" })).toEqual([]);
  });

  test("has none either where a server says it", async () => {
    const settings = { NIM_ENDPOINT: "https://nim.invalid", NIM_USERNAME: "admin", NIM_PASSWORD: "of-nim" };
    const { byName } = createProviders({
      environment: { ...settings, HTTPS_PROXY: "http://pulumi:p%40ss-of-proxy@proxy.test" },
      clock: createVirtualClock(),
      log: { warn: () => {}, progress: () => {} },
      transport: async ({ path }) => ({
        status: 400,
        headers: {},
        body: JSON.stringify({ code: 400, message: `${path} p@ss-of-proxy ${btoa("pulumi:p@ss-of-proxy")}` }),
      }),
    });
    const read = byName.Role?.read?.("web", { name: "web" });
    await expect(read).rejects.toThrow(/\/roles\/web \[secret\] \[secret\]/);
  });
});

describe("a file at an address", () => {
  test("comes through the proxy too, over http as a whole URL", async () => {
    const proxy = await startProxy(0);
    const download = createDownload({ HTTP_PROXY: `http://127.0.0.1:${proxy.port}` });
    expect(String(await download("http://files.test/logo.svg", 1_000, neverSignal()))).toBe("handed on");
    expect(proxy.asked).toEqual(["GET http://files.test/logo.svg"]);
  });

  test("and over https through a tunnel, from nobody that this machine does not believe", async () => {
    const { port, requests } = await serve();
    const proxy = await startProxy(port);
    const download = createDownload({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
    await expect(download("https://nsx.example.com/logo.svg", 1_000, neverSignal())).rejects.toThrow(
      /^https:\/\/nsx.example.com\/logo.svg could not be fetched: unable to verify/,
    );
    expect(proxy.asked).toEqual(["CONNECT nsx.example.com:443"]);
    expect(requests).toEqual([]);
  });
});
