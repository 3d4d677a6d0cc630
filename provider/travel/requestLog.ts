import type { Clock } from "./clock.ts";
import type { Transport } from "./transport.ts";

/** Where a server says by which name its own log knows a request; the first is NSX's. */
const idHeaders = ["x-nsx-requestid", "x-request-id", "x-correlation-id"];

/**
 * A transport that tells of each request what it was and how it ended, in a line: never of a query, a header or a body,
 * in which secrets travel.
 */
export function logged(send: Transport, endpoint: string, clock: Clock, print: (line: string) => void): Transport {
  return async (request) => {
    const { method, path, origin = endpoint } = request;
    const began = clock.elapsed();
    const tell = (end: string) =>
      print(`${method} ${origin}${path.split("?")[0]}: ${end}, ${Math.round(clock.elapsed() - began)} ms`);
    try {
      const answer = await send(request);
      const id = idHeaders.map((name) => answer.headers[name]).find((value) => typeof value === "string");
      tell(`${answer.status}${id === undefined ? "" : `, request ${id}`}`);
      return answer;
    } catch (error) {
      const { code } = ((error as Error).cause ?? {}) as { code?: unknown };
      tell(`no answer${typeof code === "string" ? ` (${code})` : ""}`);
      throw error;
    }
  };
}
