import type { Failure, Properties } from "../core/lifecycle.ts";
import { pathText } from "../core/propertyPath.ts";
import { messageOf, Unfinished } from "../travel/errors.ts";
import type { Secrets } from "../travel/redaction.ts";
import type { Log } from "./engineLog.ts";

/** Everything that the provider says to people. */
export interface WayOut extends Log {
  failure(failure: Failure): { property: string; reason: string };
  /** @param text - the provider's text, which belongs to the state of an unfinished object */
  error(error: unknown, text: unknown): Error;
  /** A server's words, kept in the state. */
  words<T>(value: T): T;
}

/**
 * The one place where text leaves, and the one that takes secrets out of it: nothing before it has to think of who will
 * read a message, and whatever a server or a proxy answers, it passes here.
 */
export function wayOut(log: Log, { clean }: Pick<Secrets, "clean">): WayOut {
  return {
    warn: (urn, message) => log.warn(urn, clean(message)),
    progress: (urn, message) => log.progress(urn, clean(message)),

    /** Pulumi prints the value of the property that it is told, and no provider knows all that is secret: so it is told none. */
    failure: ({ path, reason }) => ({ property: "", reason: clean(`${pathText(path)}: ${reason}`) }),

    /**
     * Pulumi takes id and properties of an unfinished object from the error, shows the user only `reasons`, and calls
     * update on the next `up`. It does not add the provider's text on this path; without it neither refresh nor delete
     * would work.
     */
    error(error, text) {
      const message = clean(messageOf(error));
      if (!(error instanceof Unfinished)) return quiet(message);
      const properties = { ...error.state, __provider: text } satisfies Properties;
      return Object.assign(quiet(message), { id: error.id, properties, reasons: [message] });
    },

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
