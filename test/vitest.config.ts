import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["test/**/*.test.ts"],
    // Plain Node with type stripping: what runs in the tests is what runs in production.
    experimental: { viteModuleRunner: false },
    testTimeout: 30_000,
  },
});
