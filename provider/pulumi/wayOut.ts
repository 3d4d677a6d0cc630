import type { Failure, Properties } from "../core/lifecycle.ts";
import { pathText } from "../core/propertyPath.ts";
import { messageOf, Unfinished } from "../travel/errors.ts";
import type { Secrets } from "../travel/redaction.ts";
import type { Log } from "./engineLog.ts";

/** A line that nobody reads to its end, such as one in which a server shows all that it was sent. */
const longLine = /^(?<begin>.{1200}).{400,}(?<end>.{400})$/gm;

/** Everything that the provider says to people. */
export interface WayOut extends Log {
  failure(failure: Failure): { property: string; reason: string };
  /** @param text - the provider's text, which belongs to the state of an unfinished object */
  error(error: unknown, text: unknown): Error;
  /** A server's words, kept in the state. */
  words<T>(value: T): T;
  /** A text that is printed without the engine. */
  text(message: string): string;
}

/**
 * The one place where text leaves, and the one that takes secrets out of it: nothing before it has to think of who will
 * read a message, and whatever a server or a proxy answers, it passes here.
 */
export function wayOut(log: Log, { clean }: Pick<Secrets, "clean">): WayOut {
  // Cut last: a half of a secret would not be found.
  const readable = (text: string) => clean(text).replace(longLine, "$<begin> … (cut) … $<end>");
  return {
    warn: (urn, message) => log.warn(urn, readable(message)),
    progress: (urn, message) => log.progress(urn, readable(message)),
    ...(log.debug && { debug: (line: string) => log.debug?.(readable(line)) }),

    /** Pulumi prints the value of the property that it is told, and no provider knows all that is secret: so it is told none. */
    failure: ({ path, reason }) => ({ property: "", reason: readable(`${pathText(path)}: ${reason}`) }),

    /**
     * Pulumi takes id and properties of an unfinished object from the error, shows the user only `reasons`, and calls
     * update on the next `up`. It does not add the provider's text on this path; without it neither refresh nor delete
     * would work.
     */
    error(error, text) {
      const message = readable(messageOf(error));
      if (!(error instanceof Unfinished)) return quiet(message);
      const properties = { ...error.state, __provider: text } satisfies Properties;
      return Object.assign(quiet(message), { id: error.id, properties, reasons: [message] });
    },

    text: readable,

    words: (value) =>
      JSON.parse(JSON.stringify(value), (_, inner) => (typeof inner === "string" ? clean(inner) : inner)),
  };
}

/**
 * Pulumi's server prints text and stack of an error a second time, unlabelled; the message alone is shown anyway. Nor has
 * it a cause, whose message would be one that was not cleaned.
 */
function quiet(message: string): Error {
  return Object.assign(new Error(message), { stack: "", toString: () => "" });
}
