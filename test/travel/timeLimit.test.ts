import { describe, expect, test } from "vitest";
import { systemClock } from "../../provider/travel/clock.ts";
import { TimeUp, timeLimit, within } from "../../provider/travel/timeLimit.ts";
import { waitFor } from "../../provider/travel/wait.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";

const never = () => new Promise<never>(() => {});

test("what never ends is left when the time is up, and the error says what it was and where the limit comes from", async () => {
  const limit = timeLimit(systemClock, 0.05, "nsx:timeout");
  const error = await within(limit, "GET /x had no answer", never).catch((reason) => reason);
  expect(error).toBeInstanceOf(TimeUp);
  expect(error.message).toBe("GET /x had no answer when the time was up (nsx:timeout is 0.05 s).");
}, 5_000);

test("after that nothing is begun", async () => {
  const limit = timeLimit(systemClock, 0.01, "nsx:timeout");
  await systemClock.sleep(50);
  let begun = false;
  const begin = async () => {
    begun = true;
  };
  await expect(within(limit, "it was not sent", begin)).rejects.toThrow("it was not sent");
  expect(begun).toBe(false);
});

test("what ends in time is its own", async () => {
  const limit = timeLimit(systemClock, 60, "nsx:timeout");
  expect(await within(limit, "x", async () => 7)).toBe(7);
  await expect(within(limit, "x", () => Promise.reject(new Error("theirs")))).rejects.toThrow("theirs");
});

describe("waiting for something, with looks that take time", () => {
  const timeUp = new TimeUp("GET /x had no answer when the time was up (nim:timeout is 2 s).");
  const wait = (looks: (() => Promise<{ waiting: string }>)[]) => {
    const clock = createVirtualClock();
    return waitFor<never>(async () => (looks.shift() as () => Promise<{ waiting: string }>)(), {
      clock,
      limit: timeLimit(clock, 2, "nim:timeout"),
    });
  };
  const slow = async () => {
    throw timeUp;
  };

  test("says what was still waited for when one more could not be taken", async () => {
    expect(await wait([async () => ({ waiting: "a publish is under way" }), slow])).toEqual({
      waiting: "a publish is under way",
    });
  });

  test("and where there was none, what that one waited for: nobody knows yet whether there is anything to wait for", async () => {
    await expect(wait([slow])).rejects.toBe(timeUp);
  });
});
