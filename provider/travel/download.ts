import { messageOf } from "./errors.ts";
import { openRoutes } from "./routes.ts";
import type { Environment } from "./settings.ts";

/** Milliseconds until an address that does not answer, or answers without end, is given up. */
const longest = 60_000;

/** At once to one host: whose it is and how much it bears, nobody knows. */
const connections = 8;

/**
 * Gets what an `http` or `https` address of anybody's answers, redirects followed. Nothing of ours goes there but the user
 * and password that stand in it, and those to its own origin only: fetch keeps the header back from any other. No setting
 * of a system's says whom to believe.
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
      const { ok, status, body } = await fetch(bare(uri), { headers: loginIn(uri), signal: ended, dispatcher });
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

/** Without user and password, which fetch refuses to take in an address, and in the words of that refusal quotes. */
function bare(uri: string): URL {
  return Object.assign(new URL(uri), { username: "", password: "" });
}

/** What is percent-encoded in an address is not in a header (RFC 7617). */
function loginIn(uri: string): Record<string, string> {
  const { username, password } = new URL(uri);
  if (username === "" && password === "") return {};
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(login).toString("base64")}` };
}

/** An address for people's eyes: without user and query, in which tokens travel. */
export function addressOf(uri: string): string {
  const { protocol, host, pathname } = new URL(uri);
  return `${protocol}//${host}${pathname}`;
}
