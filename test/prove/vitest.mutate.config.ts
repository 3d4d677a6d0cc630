import { defineConfig } from "vitest/config";

/** The suites that hold the mutated files, in process only: a mutant must not wait for a real engine. */
export default defineConfig({
  test: {
    include: [
      "test/core/*.test.ts",
      "test/travel/pacer.test.ts",
      "test/travel/redaction.test.ts",
      "test/travel/secrets.test.ts",
      "test/prove/details.test.ts",
      "test/prove/writes.test.ts",
      "test/prove/named.test.ts",
      "test/nsx/nsxSegment*.test.ts",
      "test/nim/role*.test.ts",
      "test/nim/certificate.test.ts",
    ],
    experimental: { viteModuleRunner: false },
    // Every position of every switch on top would kill few mutants more, and make each survivor cost twenty seconds.
    testNamePattern: /^(?!(NSX|NIM) with )/,
    isolate: false,
    maxWorkers: 1,
    testTimeout: 10_000,
  },
});
