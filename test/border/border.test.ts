import { describe, expect, test } from "vitest";
import { lyingProvider } from "./controls.ts";
import { describeReport, fuzz } from "./fuzz.ts";
import { fuzzList } from "./listFuzz.ts";
import { role } from "./nimSubjects.ts";
import { realProvider } from "./realProvider.ts";
import { fuzzSockets } from "./socketFuzz.ts";
import { subjects } from "./subjects.ts";

// BORDER_CASES=20000 for the long form, BORDER_SEED for other chances, BORDER_CASE for one case by (a part of) its name.
const count = Number(process.env.BORDER_CASES ?? 300);
const seed = Number(process.env.BORDER_SEED ?? 1);
const only = process.env.BORDER_CASE ?? "";

describe("whatever a server answers, an operation ends right or in one clear error", () => {
  for (const subject of subjects)
    test(subject.name, { timeout: Math.max(120_000, count * 500) }, async () => {
      const report = await fuzz([subject], realProvider, { seed, count, only });
      expect(report.failed, describeReport(report)).toBe(0);
    });
});

describe("whatever form a field of an answer has, an operation ends right or in an error that names it", () => {
  for (const subject of subjects)
    test(subject.name, { timeout: Math.max(120_000, count * 500) }, async () => {
      const report = await fuzz([subject], realProvider, { seed, count: Math.round(count / 2), only: only || " is " });
      expect(report.failed, describeReport(report)).toBe(0);
    });
});

test("also what is looked up in a list", async () => {
  const report = await fuzzList({ seed, count: Math.round(count / 10), only });
  expect(report.failed, describeReport(report)).toBe(0);
});

test("and over sockets, where a server can also keep silent, drip, or never end", async () => {
  const sockets = Math.round(count / 10);
  const report = await fuzzSockets(subjects, { seed, count: sockets, large: Math.ceil(sockets / 15), only });
  expect(report.failed, describeReport(report)).toBe(0);
});

describe("the judge is on trial with the real provider or none: convicted is", () => {
  test.each<[string, Parameters<typeof lyingProvider>[0], string, string]>([
    ["who takes any 404 for absence", { believes404: true }, "forgotten", "404 with"],
    ["who shows what the server showed", { leaks: true }, "a secret in the error", "shows the request"],
    ["who waits for ever", { hangs: true }, "never ends", "always / 503 with"],
    ["who follows a redirect anywhere", { followsAnywhere: true }, "a request to another host", "to a stranger"],
    ["who follows a redirect to another path", { followsAnywhere: true }, "a request elsewhere", "to another path"],
    ["who goes on after the end", { goesOn: true }, "goes on after its end", "500 with"],
    ["who writes over what others wrote", { writesBlindly: true }, "a lost update", "update"],
    [
      "who takes any answer for a success",
      { believesAnySuccess: true },
      "untrue success",
      "before / always / 200 with",
    ],
    ["whose errors say nothing", { saysNothing: true }, "an unclear error, undefined", "500 with"],
  ])("%s", async (_, lie, kind, only) => {
    const { found } = await fuzz([role], lyingProvider(lie), { seed: 1, count: 30, only });
    expect(found.map((each) => each.kind)).toContain(kind);
  });

  test("an honest client is not convicted of any of these", async () => {
    const { found } = await fuzz([role], lyingProvider({}), { seed: 1, count: 250 });
    const kinds = [
      "forgotten",
      "a secret in the error",
      "never ends",
      "a request to another host",
      "a request elsewhere",
      "goes on after its end",
      "a lost update",
      "untrue success",
      "an unclear error, undefined",
    ];
    expect(found.filter(({ kind }) => kinds.includes(kind))).toEqual([]);
  });
});
