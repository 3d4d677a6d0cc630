import { defineConfig } from "vitest/config";
import { PlainSummary } from "./tools/reporter.ts";

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.ts"],
    // Plain Node with type stripping: what runs in the tests is what runs in production, and Pulumi can read a
    // function's text as it was written.
    experimental: { viteModuleRunner: false },
    reporters: ["default", new PlainSummary()],
    // A test of the real engine runs a CLI, a language host and two Node processes. While one waits for them, another
    // file has something to do, so two workers even on a small machine; more would only make time-outs likely.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 600_000,
  },
});
