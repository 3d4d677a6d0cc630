import { expect, test } from "vitest";
import { Rounds } from "./rounds.ts";

test("what several wait for is done at once, as soon as nobody goes on by himself", async () => {
  const carried: string[] = [];
  const rounds = new Rounds<string, string, string>(async (kind, requests) => {
    carried.push(`${kind}: ${requests.join(" ")}`);
    return requests.map((request) => (request === "c2" ? new Error("not that") : request));
  });
  const walks: Record<string, [string, string][]> = {
    a: [
      ["up", "a1"],
      ["look", "a2"],
      ["up", "a3"],
    ],
    b: [["up", "b1"]],
    c: [
      ["look", "c1"],
      ["up", "c2"],
    ],
  };
  rounds.enter(3);
  const results = await Promise.all(
    Object.values(walks).map(async (requests) => {
      const answers: string[] = [];
      try {
        for (const [kind, request] of requests) answers.push(await rounds.ask(kind, request));
      } catch (error) {
        answers.push((error as Error).message);
      }
      rounds.leave();
      return answers;
    }),
  );
  expect(results).toEqual([["a1", "a2", "a3"], ["b1"], ["c1", "not that"]]);
  expect(carried).toEqual(["up: a1 b1", "look: c1 a2", "up: c2 a3"]);
});

test("an error of the helper is everybody's", async () => {
  const rounds = new Rounds<string, number, number>(async () => {
    throw new Error("out of order");
  });
  rounds.enter(2);
  const asked = [1, 2].map((request) => rounds.ask("up", request));
  for (const one of asked) await expect(one).rejects.toThrow("out of order");
});
