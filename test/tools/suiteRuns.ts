// Runs suites of a copy of this repository, one after another in one process, since starting vitest takes as long as
// most suites do. To be forked with the copy's folder; each message asks for one run and is answered by one.
import { join } from "node:path";
import { createVitest } from "vitest/node";

export interface Asked {
  /** The suite's path in the copy. */
  readonly suite: string;
  /** A regular expression over whole names of tests. */
  readonly tests: string;
  /** Whether the first failure is enough. */
  readonly bail: boolean;
}

export interface Told {
  readonly passed: readonly string[];
  /** Whole names, as `tests` would have them. */
  readonly failed: readonly string[];
  /** What failed outside of a test: a file that does not load, a hook. */
  readonly errors: readonly string[];
}

async function run(root: string, { suite, tests, bail }: Asked): Promise<Told> {
  const vitest = await createVitest("test", {
    root,
    config: join(root, "test/vitest.config.ts"),
    watch: false,
    reporters: [{}],
    testNamePattern: tests,
    ...(bail && { bail: 1 }),
  });
  try {
    const { testModules, unhandledErrors } = await vitest.start([suite]);
    const groups = testModules.flatMap((module) => [module, ...module.children.allSuites()]);
    const named = (state: "passed" | "failed") =>
      testModules.flatMap((module) => [...module.children.allTests(state)].map(({ fullName }) => fullName));
    return {
      passed: named("passed"),
      failed: named("failed"),
      errors: [...groups.flatMap((group) => group.errors()), ...unhandledErrors].map(
        (error) => (error as Error).message,
      ),
    };
  } finally {
    await vitest.close();
  }
}

const [, , root = ""] = process.argv;
process.on("message", (asked: Asked) => void run(root, asked).then((told) => process.send?.(told)));
