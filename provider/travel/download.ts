import { messageOf } from "./errors.ts";
import { openRoutes } from "./routes.ts";
import type { Environment } from "./settings.ts";

/** Milliseconds until an address that does not answer, or answers without end, is given up. */
const longest = 60_000;

/** At once to one host: whose it is and how much it bears, nobody knows. */
const connections = 8;

/**
 * Gets what an `http` or `https` address of anybody's answers, redirects followed: nothing of ours goes there, and no
 * setting of a system's says whom to believe.
 *
 * @param largest - bytes; one more is an error
 */
export type Download = (uri: string, largest: number, signal: AbortSignal) => Promise<Buffer>;

/** @param environment - in which proxies are named */
export function createDownload(environment: Environment): Download {
  async function load() {
    const undici = await import("undici");
    return { fetch: undici.fetch, dispatcher: openRoutes(undici, { connections, environment }) };
  }

  let loaded: ReturnType<typeof load> | undefined;
  return async (uri, largest, signal) => {
    loaded ??= load();
    const { fetch, dispatcher } = await loaded;
    const chunks: Uint8Array[] = [];
    try {
      const ended = AbortSignal.any([signal, AbortSignal.timeout(longest)]);
      const { ok, status, body } = await fetch(uri, { signal: ended, dispatcher });
      if (!ok) throw new Error(`status ${status}`);
      let bytes = 0;
      for await (const chunk of body ?? []) {
        bytes += chunk.length;
        if (bytes > largest) throw new Error(`more than ${largest} bytes`);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    } catch (error) {
      const { cause = error } = error as { cause?: unknown };
      throw new Error(`${addressOf(uri)} could not be fetched: ${messageOf(cause)}.`, { cause: error });
    }
  };
}

/** An address for people's eyes: without user and query, in which tokens travel. */
export function addressOf(uri: string): string {
  const { protocol, host, pathname } = new URL(uri);
  return `${protocol}//${host}${pathname}`;
}
