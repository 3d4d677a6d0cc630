import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { connectNim } from "../../provider/nim/client.ts";
import { nimSettings } from "../../provider/nim/settings.ts";
import { connectNsx } from "../../provider/nsx/client.ts";
import { readList } from "../../provider/nsx/lists.ts";
import { nsxSettings } from "../../provider/nsx/settings.ts";
import { parseJson, sentText, stringifyJson } from "../../provider/travel/json.ts";
import type { Transport } from "../../provider/travel/transport.ts";
import { noLimit } from "../tools/noLimit.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";

describe("integers of 64 bits survive digit by digit", () => {
  test.each([
    "9007199254740992",
    "9007199254740993",
    "-9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
  ])("%s", (digits) => {
    const text = `{"a":[{"b":${digits}}],"c":${digits}}`;
    expect(parseJson(text)).toEqual({ a: [{ b: BigInt(digits) }], c: BigInt(digits) });
    expect(stringifyJson(parseJson(text))).toBe(text);
    expect(stringifyJson(parseJson(digits))).toBe(digits);
  });

  test.each<[string, unknown]>([
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
    ["-9007199254740991", Number.MIN_SAFE_INTEGER],
    ["1516668961954", 1516668961954],
    ["0.12345678901234567", Number("0.12345678901234567")],
    ["1e300", 1e300],
    ["12345678901234567e2", Number("12345678901234567e2")],
    ['"9007199254740993"', "9007199254740993"],
  ])("%s stays what JSON.parse makes of it", (text, value) => {
    expect(parseJson(text)).toBe(value);
  });

  test("only what needs it is read the slow way", () => {
    const big = `{"id":9007199254740993,"name":"x"}`;
    expect(parseJson(big)).toEqual({ id: 9007199254740993n, name: "x" });
    // The smallest integer that a number does not hold has 16 digits.
    expect(parseJson('{"a":999999999999999}')).toEqual({ a: 999_999_999_999_999 });
  });

  test("for any JSON: read as JSON.parse reads it, written as JSON.stringify writes it", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(stringifyJson(parseJson(text))).toBe(JSON.stringify(JSON.parse(text)));
        expect(stringifyJson(JSON.parse(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  test("for any integer: the same digits", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }), (integer) => {
        expect(stringifyJson(parseJson(`[${integer}]`))).toBe(`[${integer}]`);
      }),
    );
  });

  test("what is no JSON is none here either", () => {
    expect(() => parseJson("<html>1234567890123456</html>")).toThrow(SyntaxError);
    expect(() => parseJson("<html>")).toThrow(SyntaxError);
  });
});

test("text that is sent has no half of a surrogate pair", () => {
  expect(sentText.safeParse("büro 😀").success).toBe(true);
  for (const broken of ["\ud800", "a\udc00b", "\ude00\ud83d"]) {
    expect(sentText.safeParse(broken).error?.issues[0]?.message).toMatch(/surrogate/);
  }
});

describe("an integer in a field that nobody manages goes back as it came (C15)", () => {
  const big = '{"path":"/infra/segments/a","_revision":1,"future":{"counter":9007199254740993}}';

  function record(answer: string): { transport: Transport; sent: (string | undefined)[] } {
    const sent: (string | undefined)[] = [];
    const transport: Transport = async ({ body }) => {
      sent.push(body);
      return { status: 200, headers: {}, body: answer };
    };
    return { transport, sent };
  }

  const settings = (system: string) => ({
    [`${system}_ENDPOINT`]: "https://host.invalid",
    [`${system}_USERNAME`]: "u",
    [`${system}_PASSWORD`]: "p",
    [`${system}_AUTH`]: "basic",
  });

  test("to NSX", async () => {
    const { transport, sent } = record(big);
    const clock = createVirtualClock();
    const system = connectNsx(
      nsxSettings(() => undefined, settings("NSX")),
      clock,
      () => {},
      { toManagers: transport, toTokens: transport },
    );
    const client = system.clientWithin(noLimit);
    const live = await client.write("/infra/segments/a", {});
    await client.write("/infra/segments/a", live, live);
    expect(sent).toEqual(["{}", big]);
  });

  test("to NSX, out of a list", async () => {
    const fetch = async () => `{"results":[${big}],"result_count":1}`;
    const request = {
      path: "/infra/segments",
      paged: true,
      worth: 9,
      fetch,
      inForm: (item: unknown) => item as never,
    };
    const listing = await readList({ ...request, keyOf: ({ path }) => path });
    expect("items" in listing && stringifyJson(listing.items.get("/infra/segments/a"))).toBe(big);
  });

  test("to NIM", async () => {
    const { transport, sent } = record(big);
    const clock = createVirtualClock();
    const system = connectNim(
      nimSettings(() => undefined, settings("NIM")),
      clock,
      () => {},
      { toNim: transport, toTokens: transport },
    );
    const client = system.clientWithin(noLimit);
    const live = await client.find("/roles/a");
    await client.put("/roles/a", live ?? {});
    expect(sent).toEqual([undefined, big]);
  });
});
