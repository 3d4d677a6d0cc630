import { whileAnswering } from "./connectionError.ts";
import { AnswerTooLarge, ConnectionError, WrongPath } from "./errors.ts";
import { openRoutes } from "./routes.ts";
import { type Environment, withoutTrailingSlashes } from "./settings.ts";
import type { TimeLimit } from "./timeLimit.ts";
import type { TlsOptions } from "./tls.ts";

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
  /**
   * Whether somebody must look before it is sent again, also after a 429 or 503: what is carried out twice makes an object
   * more, or it has everything in it that was there when it was made, and others may write while it is put off.
   */
  readonly afterLook?: boolean;
  /** Whether another one can be asked instead: then this one is not waited for as long as there is time. */
  readonly hasAlternative?: boolean;
  /** Whether one try is enough, whatever comes of it: the work goes on without its answer. */
  readonly once?: boolean;
  /** Called right before it is sent, however long it has waited: throws where it is not to be sent any more. */
  readonly check?: () => void;
  /** The path of the one object that it is about, as the system names it in errors. */
  readonly about?: string;
  /** Whether it removes that object, by another method than DELETE. */
  readonly removes?: boolean;
  /** Bytes that an answer may have, where it is larger than any object of these systems. */
  readonly largestAnswer?: number;
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

/** A host, and what tells whether it is who it says. */
export interface NetworkOptions extends Omit<TlsOptions, "system"> {
  readonly endpoint: string;
  /** Connections at once. */
  readonly maxConcurrency: number;
}

/** Opens the way to a host for a system, `nsx` or `nim`. */
export type OpenNetwork = (system: string, options: NetworkOptions) => Transport;

const policy = {
  /** Bytes of an answer: a page of a thousand objects, or a whole config, is far below. */
  largestAnswer: 16 * 1024 * 1024,
  /** Bytes of an error; what comes after them says nothing more. */
  largestError: 256 * 1024,
};

/**
 * A transport on undici with keep-alive connections, one pool per host. The library is loaded with the first request:
 * half of what the provider takes to start, which a preview need not wait for.
 *
 * @param environment - in which proxies are named
 */
export function undiciTransport(
  endpoint: string,
  tls: TlsOptions,
  connections: number,
  environment: Environment = {},
): Transport {
  async function load() {
    const undici = await import("undici");
    return { request: undici.request, routes: openRoutes(undici, { tls, connections, environment }) };
  }

  let loaded: ReturnType<typeof load> | undefined;
  return async ({ method, path, origin = endpoint, headers, body, largestAnswer, limit: { signal } }) => {
    loaded ??= load();
    const { routes, request } = await loaded;
    try {
      const url = urlOf(path, origin);
      const answer = await request(url, { dispatcher: routes, method, headers: { ...headers }, body, signal });
      return {
        status: answer.statusCode,
        headers: answer.headers,
        body: await textOf(
          answer.body,
          answer.statusCode < 300 ? (largestAnswer ?? policy.largestAnswer) : undefined,
          origin,
        ),
      };
    } catch (error) {
      throw error instanceof ConnectionError || error instanceof WrongPath ? error : whileAnswering(origin, error, tls);
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
