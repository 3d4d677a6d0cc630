import { defineConfig } from "vitest/config";

/** The suites that hold the mutated files, in process only: a mutant must not wait for a real engine. */
export default defineConfig({
  test: {
    include: [
      "test/merge.test.ts",
      "test/shape.test.ts",
      "test/pacer.test.ts",
      "test/redaction.test.ts",
      "test/proveDetails.test.ts",
      "test/proveWrites.test.ts",
      "test/proveNamed.test.ts",
      "test/nsxSegment*.test.ts",
      "test/role.test.ts",
      "test/certificate.test.ts",
    ],
    experimental: { viteModuleRunner: false },
    // Every position of every switch on top would kill few mutants more, and make each survivor cost twenty seconds.
    testNamePattern: /^(?!(NSX|NIM) with )/,
    isolate: false,
    maxWorkers: 1,
    testTimeout: 10_000,
  },
});
