import { expect, test } from "vitest";
import { createServerTime } from "../../provider/travel/serverTime.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";

test("is ours until an answer has told", () => {
  const time = createServerTime(createVirtualClock());
  expect(time.at(5_000)).toBe(5_000);
  for (const date of [undefined, "", "soon", ["a"]]) time.heard(date);
  expect(time.at(5_000)).toBe(5_000);
});

test("follows the first Date, ahead or behind", () => {
  const clock = createVirtualClock();
  const [ahead, behind] = [createServerTime(clock), createServerTime(clock)];
  ahead.heard(new Date(clock.now() + 30_000).toUTCString());
  behind.heard(new Date(clock.now() - 30_000).toUTCString());
  expect(ahead.at(100_000)).toBe(130_000);
  expect(behind.at(100_000)).toBe(70_000);
  // A later answer may have been held up: the first one stands.
  clock.advance(60_000);
  ahead.heard(new Date(clock.now()).toUTCString());
  expect(ahead.at(100_000)).toBe(130_000);
});
