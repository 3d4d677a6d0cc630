import { messageOf } from "./errors.ts";

/** Milliseconds until an address that does not answer, or answers without end, is given up. */
const longest = 60_000;

/**
 * What an `http` or `https` address of anybody's answers, redirects followed: nothing of ours goes there.
 *
 * @param largest - bytes; one more is an error
 * @throws without the query, in which tokens travel
 */
export async function download(uri: string, largest: number, signal: AbortSignal): Promise<Buffer> {
  const { origin, pathname } = new URL(uri);
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
    throw new Error(`${origin}${pathname} could not be fetched: ${messageOf(cause)}.`, { cause: error });
  }
}
