import { type AddressInfo, createServer } from "node:net";

/** Somebody whom nobody has configured, and how often they were spoken to. */
export interface Stranger {
  /** Host and port, for whatever scheme. */
  readonly host: string;
  /**
   * Connections that were made there. Who makes none shows neither a header, a body and a cookie nor, in the handshake of
   * TLS, a certificate.
   */
  connections(): number;
  close(): void;
}

export async function startStranger(): Promise<Stranger> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, connections: () => connections, close: () => void server.close() };
}
