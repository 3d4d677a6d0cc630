// A proxy as companies have one (CONNECT, RFC 9110), on this machine.
import { createServer } from "node:http";
import { type AddressInfo, connect, type Server, type Socket } from "node:net";

export interface Listening {
  readonly port: number;
  close(): void;
}

/** Opens a free port of this machine. */
export async function listen(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

export interface ConnectProxy extends Listening {
  /** `CONNECT host:port`, or method and whole URL of a request that it is to hand on. */
  readonly asked: string[];
  /** Of each tunnel, as whom somebody asks. */
  readonly credentials: (string | undefined)[];
}

export interface ConnectProxyOptions {
  /** Of the user pulumi; without one everybody is let through. */
  readonly password?: string;
  /** Answers this status in place of a tunnel. */
  readonly refuses?: number;
}

/** Leads every name to one port of this machine. */
export async function startConnectProxy(to: number, options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const { password, refuses } = options;
  const wanted = password === undefined ? undefined : `Basic ${Buffer.from(`pulumi:${password}`).toString("base64")}`;
  const asked: string[] = [];
  const credentials: ConnectProxy["credentials"] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end("handed on");
  });
  server.on("connect", (request, socket: Socket) => {
    const given = request.headers["proxy-authorization"];
    asked.push(`CONNECT ${request.url}`);
    credentials.push(given);
    const status = refuses ?? (given === wanted ? 200 : 407);
    if (status === 200) tunnel(socket, to);
    else socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
  });
  return { ...(await listen(server)), asked, credentials };
}

/** Leads a connection on to a port of this machine, and says so first. */
export function tunnel(socket: Socket, to: number): void {
  const onward = connect(to, "127.0.0.1", () => {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    onward.pipe(socket).pipe(onward);
  });
  onward.on("error", () => socket.destroy());
  socket.on("error", () => onward.destroy()).on("close", () => onward.destroy());
}
