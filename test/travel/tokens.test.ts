// A token that ends: got once for all that need one, anew before it ends, and in place of one that was revoked; never in a
// storm, and never again with a credential that was refused.
import { beforeEach, describe, expect, test } from "vitest";
import { ApiError, LoginError } from "../../provider/travel/errors.ts";
import { timeLimit, within } from "../../provider/travel/timeLimit.ts";
import { createTokens, type Issued, type Tokens, withToken } from "../../provider/travel/tokens.ts";
import { noLimit } from "../tools/noLimit.ts";
import { createVirtualClock, type VirtualClock } from "../tools/virtualClock.ts";

const seconds = 1_000;

let clock: VirtualClock;
let logins: number;
beforeEach(() => {
  clock = createVirtualClock();
  logins = 0;
});

/** Tokens `t1`, `t2`, …, each of which takes a second to get. */
function tokensOf(answer: (login: number) => Partial<Issued> = () => ({})): Tokens {
  return createTokens(async () => {
    logins += 1;
    const token = `t${logins}`;
    await clock.sleep(1 * seconds);
    return { token, ...answer(logins) };
  }, clock);
}

const many = <T>(count: number, begin: () => Promise<T>) => Promise.all(Array.from({ length: count }, begin));

describe("it is got", () => {
  test("with the first request, once for all that wait", async () => {
    const tokens = tokensOf();
    expect(logins).toBe(0);
    expect(new Set(await many(200, () => tokens.current(noLimit)))).toEqual(new Set(["t1"]));
    expect(logins).toBe(1);
  });

  test("anew when 80 % of its time is over, counted from when it was asked for", async () => {
    const tokens = tokensOf(() => ({ expiresIn: 100 }));
    await tokens.current(noLimit);
    clock.advance(78 * seconds);
    expect(await tokens.current(noLimit)).toBe("t1");
    clock.advance(1 * seconds);
    expect(await many(40, () => tokens.current(noLimit))).toContain("t2");
    expect(logins).toBe(2);
  });

  test("after 24 minutes where nobody says how long it is good for", async () => {
    const tokens = tokensOf();
    await tokens.current(noLimit);
    clock.advance((24 * 60 - 2) * seconds);
    expect(await tokens.current(noLimit)).toBe("t1");
    clock.advance(1 * seconds);
    expect(await tokens.current(noLimit)).toBe("t2");
  });

  test("again after a failure that says nothing about the credential", async () => {
    const tokens = tokensOf((login) => {
      if (login === 1) throw new Error("no answer");
      return {};
    });
    await expect(tokens.current(noLimit)).rejects.toThrow("no answer");
    expect(await tokens.current(noLimit)).toBe("t2");
  });

  test("again by whoever has time, where whoever was getting it had less", async () => {
    let asked = 0;
    const tokens = createTokens(async (limit) => {
      asked += 1;
      await within(limit, "the token endpoint had no answer", () => clock.sleep(5 * seconds));
      return { token: `t${asked}` };
    }, clock);
    const [hasty, patient] = await Promise.allSettled([
      tokens.current(timeLimit(clock, 1, "nsx:timeout")),
      tokens.current(timeLimit(clock, 600, "nsx:timeout")),
    ]);
    expect(hasty).toMatchObject({
      status: "rejected",
      reason: { message: expect.stringContaining("nsx:timeout is 1 s") },
    });
    expect(patient).toEqual({ status: "fulfilled", value: "t2" });
  });

  test("never again with a credential that was refused", async () => {
    const tokens = tokensOf(() => {
      throw new LoginError("nsx:vmcRefreshToken was refused.");
    });
    for (const _ of Array(5)) {
      await expect(many(40, () => tokens.current(noLimit))).rejects.toThrow("nsx:vmcRefreshToken was refused.");
    }
    expect(logins).toBe(1);
  });
});

describe("a server that refuses it", () => {
  const refusal = () => new ApiError("PUT /x", 401, { kind: "denied", words: "no." });
  const explain = (error: unknown) => new LoginError(`nsx:vmcRefreshToken: ${(error as Error).message}`);

  /** A server that takes a token or not, and how a request to it goes. */
  function serverThat(takes: (token: string, what: string) => boolean, tokens = tokensOf(() => ({ expiresIn: 100 }))) {
    const sent: string[] = [];
    const request = (what = "x") =>
      withToken(
        tokens,
        noLimit,
        async (token) => {
          sent.push(token);
          await clock.sleep(1 * seconds);
          if (!takes(token, what)) throw refusal();
          return token;
        },
        explain,
      );
    return { request, sent };
  }

  test("having taken it before: another is got once, and all go on with it", async () => {
    let revoked = "";
    const { request, sent } = serverThat((token) => token !== revoked);
    await request();
    revoked = "t1";
    expect(new Set(await many(40, request))).toEqual(new Set(["t2"]));
    expect(logins).toBe(2);
    expect(sent.filter((token) => token === "t2")).toHaveLength(40);
  });

  test("never having taken one: no other is got, and none is sent again", async () => {
    const { request, sent } = serverThat(() => false);
    await expect(many(40, request)).rejects.toThrow("nsx:vmcRefreshToken: PUT /x answered 401: no.");
    const before = sent.length;
    await expect(request()).rejects.toThrow(LoginError);
    expect([logins, sent.length]).toEqual([1, before]);
  });

  test("not having taken the one that came in its time: no other is got", async () => {
    const { request } = serverThat((token) => token === "t1");
    await request();
    clock.advance(80 * seconds);
    for (const _ of Array(5)) await expect(many(40, request)).rejects.toThrow("answered 401");
    expect(logins).toBe(2);
  });

  test("and the one in its place: that is no storm of logins", async () => {
    let takesAny = true;
    const { request } = serverThat(() => takesAny);
    await request();
    takesAny = false;
    for (const _ of Array(5)) {
      const outcomes = await Promise.allSettled(Array.from({ length: 40 }, () => request()));
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toEqual([]);
    }
    expect(logins).toBe(2);
  });

  test("for one of many requests, to which the permission is missing: the others go on, with one login more", async () => {
    const { request } = serverThat((_, what) => what !== "secret");
    await request();
    for (const _ of Array(20)) {
      await expect(Promise.all([request(), request("secret"), request()])).rejects.toThrow("answered 401");
    }
    // Twenty rounds of a second each are less than a token's time.
    expect(logins).toBe(2);
    expect(await request()).toBe("t2");
  });

  test("is asked with another once the time of the one in its place is over", async () => {
    let revoked: string[] = [];
    const { request } = serverThat((token) => !revoked.includes(token));
    await request();
    revoked = ["t1"];
    expect(await request()).toBe("t2");
    clock.advance(80 * seconds);
    expect(await request()).toBe("t3");
    revoked = ["t1", "t2", "t3"];
    expect(await request()).toBe("t4");
    expect(logins).toBe(4);
  });

  test("with another status: that is not about the token", async () => {
    const forbidden = new ApiError("PUT /x", 403, { kind: "denied", words: "no." });
    const tokens = tokensOf();
    const send = () => Promise.reject(forbidden);
    await expect(withToken(tokens, noLimit, send, explain)).rejects.toBe(forbidden);
    expect(logins).toBe(1);
  });
});
