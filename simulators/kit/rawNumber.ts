/**
 * A JSON number that is kept as it was written, for a double holds integers up to 2^53 only. JSON.stringify writes it as it
 * is. Only numbers that a double would change become one; all others stay numbers.
 */
export interface RawNumber {
  readonly rawJSON: string;
}

// In Node from 22 on; TypeScript's es2024 does not have it yet.
const exact = JSON as unknown as {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
};

export const isRawNumber = (value: unknown): value is RawNumber => exact.isRawJSON(value);

/** The number that a JSON text writes, digit by digit. */
export function numberOf(source: string): number | RawNumber {
  if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(source)) throw new Error(`${source} is not a JSON number`);
  return String(Number(source)) === source ? Number(source) : exact.rawJSON(source);
}

/** JSON.parse, except that a number of so many digits that a double would round it is kept as it is written. */
export function parseExactly(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return exact.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && /\d{16}/.test(source) ? numberOf(source) : value,
  );
}

/** Text of a value from a JSON body; a raw number has no prototype, so String() would throw. */
export const textOf = (value: unknown): string => (isRawNumber(value) ? value.rawJSON : String(value));
