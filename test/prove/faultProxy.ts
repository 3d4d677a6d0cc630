// A network between client and server on which things go wrong: a TCP proxy that breaks one request in a chosen way.

import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";

export interface FaultProxy {
  readonly url: string;
  /** Requests that have come through so far. */
  requests(): number;
  /** Lets the request of that number (counted from now, from 1) meet the fault. */
  arm(fault: NetworkFault, request: number): void;
  disarm(): void;
  close(): Promise<void>;
}

export type NetworkFault =
  | { readonly kind: "reset before" | "reset after" | "cut" | "drip" | "wrong JSON" }
  | { readonly kind: "latency"; readonly milliseconds: number }
  /** An answer that is not the server's, which never gets the request. */
  | { readonly kind: "answer"; readonly name: string; text(path: string): string };

/** An HTTP answer as it goes over the wire. */
export function answer(status: string, body: string, headers: readonly string[] = []): string {
  return [`HTTP/1.1 ${status}`, ...headers, `content-length: ${Buffer.byteLength(body)}`, "", body].join("\r\n");
}

const html = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";
const busy = '{"error_code":102,"error_message":"try again later"}';
const expired = '{"error_code":403,"error_message":"The session has expired."}';

const fixed = (name: string, text: (path: string) => string): NetworkFault => ({ kind: "answer", name, text });

/** What can happen to a request; each must end right or in one clear error. */
export const networkFaults: readonly NetworkFault[] = [
  { kind: "reset before" },
  { kind: "reset after" },
  { kind: "cut" },
  { kind: "drip" },
  { kind: "wrong JSON" },
  { kind: "latency", milliseconds: 1 },
  { kind: "latency", milliseconds: 60 },
  fixed("502 page", () => answer("502 Bad Gateway", html, ["content-type: text/html"])),
  fixed("429, Retry-After in seconds", () => answer("429 Too Many Requests", busy, ["retry-after: 2"])),
  fixed("503, Retry-After as a date", () => {
    const date = new Date(Date.now() + 2_000).toUTCString();
    return answer("503 Service Unavailable", busy, [`retry-after: ${date}`]);
  }),
  fixed("session expired", () => answer("403 Forbidden", expired, ["content-type: application/json"])),
  fixed("301 to a stranger", (path) =>
    answer("301 Moved Permanently", "", [`location: https://stranger.invalid${path}`]),
  ),
  fixed("307 to a stranger", (path) =>
    answer("307 Temporary Redirect", "", [`location: https://stranger.invalid${path}`]),
  ),
];

export const nameOf = (fault: NetworkFault): string => {
  if (fault.kind === "answer") return fault.name;
  return fault.kind === "latency" ? `${fault.milliseconds} ms` : fault.kind;
};

export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let seen = 0;
  let armed: { fault: NetworkFault; at: number } | undefined;

  function faultOfNext(): NetworkFault | undefined {
    seen += 1;
    if (!armed || seen !== armed.at) return undefined;
    const { fault } = armed;
    armed = undefined;
    return fault;
  }

  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true).on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
    }
    let fault: NetworkFault | undefined;
    let answered = true;

    client.on("data", (data) => {
      // A client without pipelining sends again only when it was answered.
      if (answered) {
        answered = false;
        fault = faultOfNext();
      }
      if (fault?.kind === "reset before") client.resetAndDestroy();
      else if (fault?.kind === "answer") {
        answered = true;
        client.write(fault.text(pathOf(data)));
      } else if (fault?.kind === "latency") setTimeout(() => upstream.write(data), fault.milliseconds);
      else upstream.write(data);
    });
    upstream.on("data", (data) => {
      answered = true;
      void deliver(client, data, fault);
    });
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => seen,
    arm(fault, request) {
      armed = { fault, at: seen + request };
    },
    disarm() {
      armed = undefined;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const pathOf = (request: Buffer) => /^\S+ (\S+)/.exec(request.toString("latin1"))?.[1] ?? "/";

async function deliver(client: Socket, data: Buffer, fault: NetworkFault | undefined): Promise<void> {
  switch (fault?.kind) {
    case "reset after":
      client.resetAndDestroy();
      return;
    case "cut":
      client.write(data.subarray(0, Math.floor(data.length / 2)), () => client.destroy());
      return;
    case "wrong JSON":
      // As long as it was, so that only whoever reads it can tell.
      client.write(
        Buffer.from(
          data.toString("latin1").replace(/\{"[\s\S]*$/, (body) => "[".repeat(body.length)),
          "latin1",
        ),
      );
      return;
    case "drip":
      for (let at = 0; at < data.length && !client.destroyed; at += 64) {
        client.write(data.subarray(at, at + 64));
        await new Promise((resolve) => setImmediate(resolve));
      }
      return;
    default:
      client.write(data);
  }
}
