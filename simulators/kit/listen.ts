import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { createCertificate } from "./certificate.ts";
import { ConnectionReset, type SimHandler, type SimRequest } from "./types.ts";

export interface ListenOptions {
  /** Port of the HTTP listener on 127.0.0.1; 0 takes a free one, `false` opens none. */
  port: number | false;
  /** The same for HTTPS, with a self-signed certificate. */
  httpsPort: number | false;
  /** Common name of that certificate. */
  name: string;
  /** The time that answers carry as theirs; default: this machine's. */
  now?: () => number;
}

export interface Listening {
  url: string | undefined;
  httpsUrl: string | undefined;
  /** PEM that a client must trust for `httpsUrl`. */
  caCertificate: string | undefined;
  close(): Promise<void>;
}

/** Whether a client's certificate is trusted is the system's to say, in words of its own. */
const asksForCertificate = { requestCert: true, rejectUnauthorized: false };

export async function listen(handle: SimHandler, options: ListenOptions): Promise<Listening> {
  const servers: Server[] = [];
  const onRequest: RequestListener = (incoming, outgoing) =>
    void answer(handle, incoming, outgoing, options.now ?? Date.now);
  let url: string | undefined;
  let httpsUrl: string | undefined;
  let caCertificate: string | undefined;
  if (options.port !== false) {
    const server = createServer(onRequest);
    servers.push(server);
    url = `http://127.0.0.1:${await open(server, options.port)}`;
  }
  if (options.httpsPort !== false) {
    const { key, certificate } = await createCertificate(options.name);
    const server = createTlsServer({ key, cert: certificate, ...asksForCertificate }, onRequest);
    servers.push(server);
    httpsUrl = `https://127.0.0.1:${await open(server, options.httpsPort)}`;
    caCertificate = certificate;
  }
  return { url, httpsUrl, caCertificate, close: () => Promise.all(servers.map(shut)).then(() => undefined) };
}

function open(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function answer(
  handle: SimHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  now: () => number,
): Promise<void> {
  try {
    const response = await handle(await readRequest(incoming));
    outgoing.writeHead(response.status, { date: new Date(now()).toUTCString(), ...response.headers });
    outgoing.end(response.body);
  } catch (error) {
    const partial = error instanceof ConnectionReset ? error.partial : undefined;
    if (!partial) {
      incoming.socket.destroy();
      return;
    }
    // The promised length stays the whole one, so that the client can notice that something is missing.
    const body = Buffer.from(partial.body);
    outgoing.writeHead(partial.status, { ...partial.headers, "content-length": String(body.length) });
    outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => incoming.socket.destroy());
  }
}

function certificateOf(socket: Socket): string | undefined {
  return socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.toString() : undefined;
}

async function readRequest(incoming: IncomingMessage): Promise<SimRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(", ") : (value ?? "");
  }
  return {
    method: incoming.method ?? "GET",
    path: incoming.url ?? "/",
    headers,
    body: Buffer.concat(chunks).toString("utf8"),
    remoteAddress: incoming.socket.remoteAddress ?? "",
    clientCertificate: certificateOf(incoming.socket),
  };
}
