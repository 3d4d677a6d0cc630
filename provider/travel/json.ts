import { z } from "zod";

// Integers of the APIs have 64 bits ("integer: a signed 64-bit value", NSX-T API guide), and a number holds 53 of them.
// TypeScript's library does not know the two things yet that JavaScript has for that.

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

const parse = JSON.parse as (text: string, reviver?: Reviver) => unknown;
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** Objects of the APIs are a dozen deep at most; what is compared and merged level by level must not be without end. */
const deepest = 200;

/**
 * Reads JSON; an integer that a number does not hold becomes a bigint, so that it can be sent back as it came.
 *
 * @throws a SyntaxError for what is not JSON, or nested deeper than any object of the APIs
 */
export function parseJson(text: string): unknown {
  if (depthOf(text) > deepest) throw new SyntaxError(`nested deeper than ${deepest} levels`);
  // 2^53 has 16 digits: without so many in a row there is no such integer, as in nearly all bodies.
  if (!/\d{16}/.test(text)) return parse(text);
  return parse(text, (_, value, { source = "" }) => {
    const isLarge = typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source);
    return isLarge ? BigInt(source) : value;
  });
}

/** What a text says in a known form; `undefined` when it is not JSON, or of another form. */
export function readJson<T>(text: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.safeParse(parseJson(text)).data;
  } catch {
    return undefined;
  }
}

function depthOf(text: string): number {
  let [depth, largest, inString] = [0, 0, false];
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (inString) {
      if (character === "\\") index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "[" || character === "{") largest = Math.max(largest, ++depth);
    else if (character === "]" || character === "}") depth -= 1;
  }
  return largest;
}

/** Writes JSON; a bigint as the integer that it is. */
export function stringifyJson(value: unknown): string {
  return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? rawJSON(String(inner)) : inner));
}

/** Text as it goes into a body: half of a surrogate pair has no form in UTF-8, and would arrive as something else. */
export const sentText = z
  .string()
  .refine((text) => text.isWellFormed(), "has half of a surrogate pair (\\ud800 to \\udfff), which is no text");

/** The same for what is shown in one line: an escape sequence would have a say in whoever's terminal shows it. */
export const sentLine = sentText.regex(/^\P{Cc}*$/u, "must have no control characters");
