// The ledger of both guides holds: each clause has its tests, and each named test is there and runs.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { problemsIn } from "./checks.ts";
import type { Clause, Guide } from "./clause.ts";
import { guides } from "./clauses.ts";
import { conformancePage } from "./markdown.ts";
import { testsIn } from "./titles.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe.each(guides)("$name", (guide) => {
  test("has all its clauses shown by tests that are there and run", () => {
    expect(problemsIn(guide)).toEqual([]);
  });
});

test("the page is the one that the ledger makes: node test/conformance/write.ts", () => {
  expect(readFileSync(join(root, "docs/conformance.md"), "utf8")).toBe(conformancePage());
});

describe("what is wrong is found", () => {
  const sound: Clause = {
    id: "NSX-1",
    section: "Optimistic Concurrency",
    says: "a PUT replaces all",
    provider: "provider/nsx/client.ts",
    simulator: "simulators/nsx/policy.ts",
    tests: {
      "test/nsx/errorRows.test.ts": [{ title: "(%i) > update: a change of what nobody manages is merged", row: "412" }],
    },
  };
  const problemsWith = (change: Partial<Clause>): string[] =>
    problemsIn({ name: "NSX", clauses: [{ ...sound, ...change }], leftOut: [] } satisfies Guide);
  const writes = "test/simulators/nsx.writes.test.ts";

  test("nothing, where all is right", () => {
    expect(problemsWith({})).toEqual([]);
  });

  test.each<[string, Partial<Clause>, string]>([
    ["a test that was renamed", { tests: { [writes]: ["PUT > is no replace"] } }, 'has no test "PUT > is no replace"'],
    [
      "a title of two tests",
      { tests: { "test/nim/errorRows.test.ts": ["%s: told, and nothing is taken for done"] } },
      "has 2 tests",
    ],

    [
      "a test file that is gone",
      { tests: { "test/nsx/none.test.ts": ["x"] } },
      "test/nsx/none.test.ts is no test file",
    ],
    ["no test", { tests: {} }, "no test shows it on every machine"],
    ["a file of the provider that is gone", { provider: "provider/nsx/none.ts" }, "provider/nsx/none.ts is not there"],
    ["a place on the other side", { simulator: "provider/nsx/client.ts" }, "is not of the simulator"],
    ["no reason", { provider: { others: "" } }, "no reason for no place (provider)"],
    [
      "a test that cannot reach the file",
      {
        tests: { "test/travel/pacer.test.ts": ["less than one a second is kept"] },
        simulator: "simulators/nim/auth.ts",
      },
      "no test of it has to do with simulators/nim/auth.ts",
    ],
    ["a number that is missing", { id: "NSX-3" }, "NSX-3 stands where NSX-1 belongs"],
    [
      "a row that was taken away",
      {
        tests: {
          [writes]: [{ title: "refuses a stale _revision with %i (guide says 409, its error list 412)", row: "418" }],
        },
      },
      'has no row "418"',
    ],
  ])("%s", (_, change, problem) => {
    expect(problemsWith(change).join("\n")).toContain(problem);
  });
});

test("what is run always, sometimes and never is told apart, and tables by their rows", () => {
  const folder = mkdtempSync(join(tmpdir(), "conformance-"));
  const file = join(folder, "some.test.ts");
  writeFileSync(
    file,
    `const rows = [["one", 1]];
     describe("group", () => {
       it("runs", () => {});
       it.skip("is off", () => {});
       it.todo("is not written");
       it("has no body");
       test.fails("is wrong", () => {});
       test.runIf(x)("depends", () => {});
       test.each(rows)("has %s", () => {});
       test(\`is \${named}\`, () => {});
       // it("is a comment", () => {});
     });
     describe.skip("all", () => { it("is off too", () => {}); });
     describeWithNginx("real", () => { it("needs more", () => {}); });`,
  );
  const found = testsIn(file);
  rmSync(folder, { recursive: true });
  expect(found.map(({ path, runs }) => `${path.join(" > ")}: ${runs}`)).toEqual([
    "group > runs: always",
    "group > is off: never",
    "group > is not written: never",
    "group > has no body: never",
    "group > is wrong: never",
    "group > depends: sometimes",
    "group > has %s: always",
    `group > is \${named}: always`,
    "all > is off too: never",
    "real > needs more: sometimes",
  ]);
  const table = found.find(({ path }) => path[1] === "has %s");
  expect(["one", "1", "two"].map((row) => table?.hasRow(row))).toEqual([true, true, false]);
});
