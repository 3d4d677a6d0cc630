/** What a simulator receives: one HTTP request whose body has been read whole. */
export interface SimRequest {
  method: string;
  /** Path with its query string, as it stood in the request line. */
  path: string;
  /** Header names are lower-case. */
  headers: Record<string, string>;
  body: string;
  remoteAddress: string;
  /** What the client has shown in the handshake of TLS, in PEM form, whether or not anybody trusts it. */
  clientCertificate?: string | undefined;
}

export interface SimResponse {
  status: number;
  headers: Record<string, string | string[]>;
  body: string;
}

export type SimHandler = (request: SimRequest) => Promise<SimResponse>;

/**
 * A connection that broke. Thrown by `handle`, so that an in-process transport can treat it as a connection error;
 * over sockets the connection is destroyed, after half of `partial` was sent where there is one.
 */
export class ConnectionReset extends Error {
  override name = "ConnectionReset";
  code = "ECONNRESET";
  partial: SimResponse | undefined;

  constructor(message: string, partial?: SimResponse) {
    super(message);
    this.partial = partial;
  }
}

/** Headers that every answer with a JSON body carries. */
export const jsonHeaders = { "content-type": "application/json;charset=UTF-8" };

export function json(status: number, body: unknown, headers: SimResponse["headers"] = {}): SimResponse {
  return { status, headers: { ...jsonHeaders, ...headers }, body: JSON.stringify(body) };
}

export function empty(status: number, headers: SimResponse["headers"] = {}): SimResponse {
  return { status, headers, body: "" };
}

/** A request as a test writes it by hand; an object body becomes JSON. */
export function request(
  method: string,
  path: string,
  body: unknown = "",
  headers: Record<string, string> = {},
): SimRequest {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type: Record<string, string> = text === "" ? {} : { "content-type": "application/json" };
  return { method, path, headers: { ...type, ...headers }, body: text, remoteAddress: "127.0.0.1" };
}
