// What makes the client fast changes nothing of what it does.
import { expect, test } from "vitest";
import { compareSequences, createPair } from "./differential.ts";
import { strategies } from "./scenarios.ts";

test.each(strategies)("%s: the same answers, states and servers as the simplest client", async (_, settings) => {
  await expect(compareSequences(await createPair(settings), 100, 1)).resolves.toBeUndefined();
});
