import type { Reporter, SerializedError, TestModule, TestSuite } from "vitest/node";

/** Ends a run with one plain line, `N passed, N failed`, that people and machines read alike. */
export class PlainSummary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    let [passed, failed, skipped] = [0, unhandled.length, 0];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") passed++;
        else if (state === "failed") failed++;
        else skipped++;
      }
      // A file that does not load, or a beforeAll that throws, has no test of its own to show for it.
      const groups: (TestModule | TestSuite)[] = [module, ...module.children.allSuites()];
      failed += groups.filter((group) => group.errors().length > 0).length;
    }
    if (passed + failed === 0) {
      process.stdout.write("\nNo test ran.\n");
      failed = 1;
    }
    if (failed > 0) process.exitCode = 1;
    // On exit, so that nothing of vitest's own comes after it.
    process.once("exit", () => {
      process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
    });
  }
}
