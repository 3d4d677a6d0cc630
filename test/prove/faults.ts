// What can happen to one request between a client and a server, at the boundary of HTTP.
import { ConnectionError } from "../../provider/travel/errors.ts";
import type { Answer } from "../../provider/travel/transport.ts";

export const mishaps = [
  "reset before",
  "reset after",
  "503 before",
  "429 before",
  "502 page before",
  "500 after",
  "wrong JSON after",
] as const;
export type Mishap = (typeof mishaps)[number];

/** Carries a request out, or not, with a mishap on the way; `seen` is told what the server really answered. */
export async function withMishap(
  mishap: Mishap | undefined,
  carryOut: () => Promise<Answer>,
  seen: (answer: Answer) => void,
): Promise<Answer> {
  switch (mishap) {
    case "reset before":
      throw new ConnectionError("No whole answer: the connection was reset.", true);
    case "503 before":
    case "429 before":
      return answerOf(Number(mishap.slice(0, 3)), '{"error_message":"try again later"}');
    case "502 page before":
      return answerOf(502, "<html><title>502 Bad Gateway</title></html>");
  }
  const answer = await carryOut();
  seen(answer);
  if (mishap === "reset after") throw new ConnectionError("No whole answer: the connection was reset.", true);
  if (mishap === "500 after") return answerOf(500, '{"error_message":"internal error"}');
  return mishap === "wrong JSON after" ? { ...answer, body: '{"path": "/inf' } : answer;
}

function answerOf(status: number, body: string): Answer {
  return { status, headers: {}, body };
}
