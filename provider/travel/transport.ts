import { AnswerTooLarge, ConnectionError, WrongPath } from "./errors.ts";
import { withoutTrailingSlashes } from "./settings.ts";
import type { TimeLimit } from "./timeLimit.ts";

export interface Request {
  readonly method: "GET" | "PUT" | "PATCH" | "POST" | "DELETE";
  /** From the endpoint on, already encoded. */
  readonly path: string;
  /** Another one of the same system, in place of the endpoint: `https://nsx-2.example.com`. */
  readonly origin?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Not held up by what other requests wait for, a server's Retry-After included: for the few that give something back. */
  readonly atOnce?: boolean;
  /** Whether carrying it out twice does no harm; a GET never does. */
  readonly repeatable?: boolean;
  /** Whether another one can be asked instead: then this one is not waited for as long as there is time. */
  readonly hasAlternative?: boolean;
  /** Called right before it is sent, however long it has waited: throws where it is not to be sent any more. */
  readonly check?: () => void;
  /** The path of the one object that it is about, as the system names it in errors. */
  readonly about?: string;
  /** Whether it removes that object, by another method than DELETE. */
  readonly removes?: boolean;
  readonly limit: TimeLimit;
}

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** Sends one request once. Fails with a {@link ConnectionError} when there is no whole answer. */
export type Transport = (request: Request) => Promise<Answer>;

export interface TlsOptions {
  /** Authorities to trust instead of the system's, in PEM form. */
  readonly caCertificate?: string;
  readonly insecureSkipVerify?: boolean;
  /** What the host is shown in the handshake, in PEM form, where it asks for it; both or none. */
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly clientKeyPassphrase?: string;
}

const policy = {
  connectTimeout: 10_000,
  answerTimeout: 120_000,
  /** Bytes of an answer: a page of a thousand objects, or a whole config, is far below. */
  largestAnswer: 16 * 1024 * 1024,
  /** Bytes of an error; what comes after them says nothing more. */
  largestError: 256 * 1024,
};

/**
 * A transport on undici with keep-alive connections, one pool per host. The library is loaded with the first request:
 * half of what the provider takes to start, which a preview need not wait for.
 */
export function undiciTransport(endpoint: string, tls: TlsOptions, connections: number): Transport {
  async function load() {
    const { Agent, request } = await import("undici");
    const dispatcher = new Agent({
      connections,
      headersTimeout: policy.answerTimeout,
      bodyTimeout: policy.answerTimeout,
      connect: {
        timeout: policy.connectTimeout,
        rejectUnauthorized: !tls.insecureSkipVerify,
        ...(tls.caCertificate ? { ca: tls.caCertificate } : {}),
        ...(tls.clientCertificate ? { cert: tls.clientCertificate, key: tls.clientKey } : {}),
        ...(tls.clientKeyPassphrase ? { passphrase: tls.clientKeyPassphrase } : {}),
      },
    });
    return { dispatcher, request };
  }

  let loaded: ReturnType<typeof load> | undefined;
  return async ({ method, path, origin = endpoint, headers, body, limit: { signal } }) => {
    loaded ??= load();
    const { dispatcher, request } = await loaded;
    try {
      const answer = await request(urlOf(path, origin), { dispatcher, method, headers: { ...headers }, body, signal });
      return {
        status: answer.statusCode,
        headers: answer.headers,
        body: await textOf(answer.body, answer.statusCode < 300 ? policy.largestAnswer : undefined, origin),
      };
    } catch (error) {
      throw error instanceof ConnectionError || error instanceof WrongPath
        ? error
        : describeConnectionError(origin, error);
    }
  };
}

/**
 * Where a path leads: behind a reverse proxy, below the path at which the system stands there.
 *
 * @throws when a URL tidies the path up, so that the request would go somewhere else than where it was meant to
 */
function urlOf(path: string, endpoint: string): URL {
  const url = new URL(endpoint);
  const [below = "", ...query] = path.split("?");
  const pathname = withoutTrailingSlashes(url.pathname) + below;
  url.pathname = pathname;
  url.search = query.join("?");
  if (url.pathname === pathname) return url;
  throw new WrongPath(`${path} is not sent: as a URL it would lead to ${url.pathname}.`);
}

/** The text of an answer; of an error only as much as says something. */
async function textOf(body: AsyncIterable<Buffer>, largest: number | undefined, origin: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes <= (largest ?? policy.largestError)) continue;
    if (largest === undefined) break;
    const megabytes = largest / 1024 / 1024;
    throw new AnswerTooLarge(
      `The answer of ${origin} is larger than ${megabytes} MiB, and was not read to its end.`,
      true,
    );
  }
  return Buffer.concat(chunks).toString("utf8");
}

const neverSent = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

const advice: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there; check host and port",
  ENOTFOUND: "the host name does not resolve; check the endpoint and DNS",
  EAI_AGAIN: "the host name does not resolve right now; check DNS",
  UND_ERR_CONNECT_TIMEOUT: "the host does not answer; check the endpoint, routes and firewalls",
  UND_ERR_HEADERS_TIMEOUT: `no answer within ${policy.answerTimeout / 1_000} s`,
  UND_ERR_BODY_TIMEOUT: `the answer stopped for ${policy.answerTimeout / 1_000} s`,
  UND_ERR_SOCKET: "the connection was cut",
  ECONNRESET: "the connection was reset",
};

/** What OpenSSL makes of an answer in plain HTTP. */
const speaksNoTls = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/;

function describeConnectionError(endpoint: string, error: unknown): ConnectionError {
  const { code = "", message } = error as { code?: string; message: string };
  if (speaksNoTls.test(code)) {
    const words = `${endpoint} does not speak TLS there. Is it http:// in place of https://, or another port?`;
    return new ConnectionError(words, false, error);
  }
  if (/_ALERT_/.test(code)) {
    return new ConnectionError(`${endpoint} ended the handshake of TLS: ${message}.`, false, error);
  }
  if (isTlsError(error)) {
    const words = `The certificate of ${endpoint} does not verify (${message}). Give its authority with caCertificate (PEM or a path); insecureSkipVerify turns verification off and is not safe.`;
    return new ConnectionError(words, false, error);
  }
  return new ConnectionError(
    `No whole answer from ${endpoint}: ${advice[code] ?? message}.`,
    !neverSent.has(code),
    error,
  );
}

/** Node names certificate problems by OpenSSL's verify results and its own host name check. */
export function isTlsError(error: unknown): boolean {
  const code = (error as { code?: string } | undefined)?.code ?? "";
  return /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code);
}
