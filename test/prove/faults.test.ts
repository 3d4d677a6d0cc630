// The network breaks at any request, over real sockets: each operation ends right or in one clear error, and the next one
// ends right.
import { describe, expect, test } from "vitest";
import { fixtures } from "../fixtures/index.ts";
import { breakEverything, type Survived } from "./faulted.ts";
import { nameOf, networkFaults } from "./faultProxy.ts";

const short = fixtures.filter(({ name }) => name === "NsxSegment" || name === "Role");

describe.each(short)("$name", (fixture) => {
  test.each(networkFaults.map((fault) => [nameOf(fault), fault] as const))("%s", async (_, fault) => {
    const survived: Survived = { tried: 0, right: 0, explained: 0, failures: [] };
    await breakEverything(fixture, fault, survived);
    expect(survived.failures).toEqual([]);
    expect(survived.tried).toBeGreaterThanOrEqual(6);
  });
});
