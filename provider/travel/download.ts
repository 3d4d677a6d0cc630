import { messageOf } from "./errors.ts";

/** Milliseconds until an address that does not answer, or answers without end, is given up. */
const longest = 60_000;

/**
 * What an `http` or `https` address of anybody's answers, redirects followed: nothing of ours goes there.
 *
 * @param largest - bytes; one more is an error
 */
export async function download(uri: string, largest: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  try {
    const { ok, status, body } = await fetch(uri, { signal: AbortSignal.any([signal, AbortSignal.timeout(longest)]) });
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
}

/** An address for people's eyes: without user and query, in which tokens travel. */
export function addressOf(uri: string): string {
  const { protocol, host, pathname } = new URL(uri);
  return `${protocol}//${host}${pathname}`;
}
