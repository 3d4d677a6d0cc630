// The house: which way imports go, what a resource must have to be one, and that what comments point at is there.
// CONTRIBUTING.md says it in words.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import * as entry from "../provider/index.ts";
import { queries } from "../provider/queries.ts";
import { resources } from "../provider/resources.ts";
import * as sdk from "../sdk/index.ts";
import { limitSwitches } from "../simulators/kit/index.ts";
import { nimSwitches } from "../simulators/nim/switches.ts";
import { nsxSwitches } from "../simulators/nsx/switches.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = globSync("{provider,sdk,cli,simulators,test/walk}/**/*.ts", { cwd: root });

interface Import {
  readonly from: string;
  /** A file of ours from the root, or a package. */
  readonly to: string;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const statements = text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+"([^"]+)"/gm);
  return [...statements].map(([, type, target = ""]) => {
    const to = target.startsWith(".") ? relative(root, join(root, dirname(file), target)) : target;
    return { from: file, to, typeOnly: type !== undefined };
  });
}

const imports = sources.flatMap(importsOf);
const atRunTime = imports.filter(({ typeOnly }) => !typeOnly);
/** With `await import(…)`, when somebody needs it. */
const lazily = sources.flatMap((file) =>
  [...readFileSync(join(root, file), "utf8").matchAll(/\bimport\("(\.[^"]+)"\)/g)].map(([, target = ""]) => ({
    from: file,
    to: relative(root, join(root, dirname(file), target)),
    typeOnly: false,
  })),
);
const of = (list: Import[], from: RegExp, to: RegExp) =>
  list.filter((each) => from.test(each.from) && to.test(each.to)).map((each) => `${each.from} → ${each.to}`);

describe("text leaves at one place, without secrets", () => {
  const provider = sources.filter((file) => file.startsWith("provider/"));
  const withText = (pattern: RegExp) =>
    provider.flatMap((file) =>
      [...readFileSync(join(root, file), "utf8").matchAll(pattern)].map(([text]) => `${file}: ${text}`),
    );

  test("the log of the engine is handed to it, and to nobody else", () => {
    expect(withText(/\bworld\.log\b.*/g)).toEqual(["provider/pulumi/providers.ts: world.log, secrets);"]);
    expect(withText(/\blog\.(?:warn|progress|debug)\b(?:\?\.)?\(/g)).toEqual([
      "provider/pulumi/wayOut.ts: log.warn(",
      "provider/pulumi/wayOut.ts: log.progress(",
      "provider/pulumi/wayOut.ts: log.debug?.(",
    ]);
  });

  test("nothing is printed unasked", () => {
    const printed = withText(/\bconsole\.(?!cloud)|\bprocess\.(?:stdout|stderr)\b|\bdebuglog\(.*/g);
    // This one keeps lines back that Pulumi's server would print.
    expect(printed.filter((found) => !found.startsWith("provider/pulumi/quietErrors.ts"))).toEqual([
      // For who asks for it; it is a log that is handed to the way out like the engine's.
      'provider/pulumi/engineLog.ts: debuglog("pulumi-nginx-nsx");',
    ]);
  });
});

describe("imports go one way", () => {
  test("they are found", () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(of(imports, /^provider\/nsx\/segment\.ts$/, /^provider\/nsx\/policyResource\.ts$/)).toHaveLength(1);
    expect(of(lazily, /^sdk\/query\.ts$/, /^provider\/pulumi\/queries\.ts$/)).toHaveLength(1);
    expect(of(imports, /^provider\/pulumi\/dynamic\.ts$/, /^@pulumi\/pulumi$/)).toHaveLength(1);
    expect(new Set(imports.map(({ from }) => from.split("/")[0]))).toEqual(
      new Set(["provider", "sdk", "cli", "simulators", "test"]),
    );
  });

  test("in no circle", () => {
    const needs = Map.groupBy(imports, ({ from }) => from);
    const below = (file: string, found = new Set<string>()): Set<string> => {
      for (const { to } of needs.get(file) ?? []) {
        if (!found.has(to)) below(to, found.add(to));
      }
      return found;
    };
    const ours = sources.filter((file) => !file.startsWith("test/"));
    expect(ours.filter((file) => below(file).has(file))).toEqual([]);
  });

  test.each<[string, Import[], RegExp, RegExp]>([
    ["nim and nsx never import each other", imports, /^provider\/nim\//, /^provider\/nsx\//],
    ["nsx and nim never import each other", imports, /^provider\/nsx\//, /^provider\/nim\//],
    ["the provider never imports the SDK", imports, /^provider\//, /^sdk\//],
    [
      "the SDK imports of the provider only types, but for the lazy entry for queries",
      atRunTime,
      /^sdk\//,
      /^provider\//,
    ],
    ["no file but the one of queries brings the SDK there", lazily, /^sdk\/(?!query\.ts$)/, /^provider\//],
    ["and that one loads nothing but queries", lazily, /^sdk\//, /^provider\/(?!pulumi\/queries\.ts$)/],
    ["undici is loaded when it is needed", imports, /^/, /^undici$/],
    [
      "only the SDK imports Pulumi at run time (engineLog.ts loads it when it speaks)",
      atRunTime,
      /^(?!sdk\/)/,
      /^@pulumi\/pulumi/,
    ],
    [
      "only what speaks Pulumi, and the SDK, knows Pulumi at all",
      imports,
      /^(?!provider\/pulumi\/|sdk\/)/,
      /^@pulumi\/pulumi/,
    ],
    ["what decides knows neither a system nor Pulumi", imports, /^provider\/core\//, /^provider\/(?!core\/|travel\/)/],
    ["what travels knows nothing of what is decided", imports, /^provider\/travel\//, /^provider\/(?!travel\/)/],
    ["what a system is like is known without Pulumi", imports, /^provider\/(nsx|nim)\//, /^provider\/pulumi\//],
    ["the oracle of the walks knows nothing of the provider", imports, /^test\/walk\//, /^(provider|sdk)\//],
    [
      "a simulator knows nothing of those whom it is to find out",
      imports,
      /^simulators\//,
      /^(provider|sdk|cli|test)\//,
    ],
    [
      "neither the provider nor the SDK needs a simulator",
      imports,
      /^(provider|sdk)\//,
      /^(test|cli|scripts|simulators)\//,
    ],
  ])("%s", (_, list, from, to) => {
    expect(of(list, from, to)).toEqual([]);
  });
});

describe("comments point at what is in this repository", () => {
  const lines = globSync("{provider,sdk,cli,simulators,test,scripts}/**/*.{ts,mjs}", { cwd: root }).flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .map((line, i) => ({ file, line, at: `${file}:${i + 1}: ${line.trim()}` })),
  );

  test("at no section of notes elsewhere, unless it is an RFC's", () => {
    const elsewhere = lines.filter(({ line }) => /\bsections? \d|\u00a7 ?\d|\bnotes\son\s/i.test(line));
    expect(elsewhere.filter(({ line }) => !/\bRFC \d/.test(line)).map(({ at }) => at)).toEqual([]);
  });

  test("at documents that are there, and at headings that they have", () => {
    const mentions = lines
      .filter(({ line }) => /^\s*(\/\/|\/?\*)/.test(line))
      .flatMap(({ file, line, at }) =>
        [...line.matchAll(/[\w./-]+\.md\b(#[\w-]+)?/g)].map(([all]) => ({ file, all, at })),
      );
    const missing = mentions.filter(({ file, all }) => {
      const [path = "", anchor] = all.split("#");
      const found = [join(root, path), join(root, dirname(file), path)].find((candidate) => existsSync(candidate));
      return !found || (anchor !== undefined && !headingsOf(found).includes(anchor));
    });
    expect(mentions.filter(({ all }) => all.startsWith("docs/")).length).toBeGreaterThan(20);
    expect(missing.map(({ at }) => at)).toEqual([]);
  });
});

test.each([
  ["docs/nsx.md", Object.keys(nsxSwitches)],
  ["docs/nim.md", Object.keys(nimSwitches).filter((name) => !(name in limitSwitches))],
])("%s says of each switch where it comes from", (file, switches) => {
  const text = readFileSync(join(root, file), "utf8");
  expect(switches.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});

/** As GitHub makes anchors of headings. */
function headingsOf(path: string): string[] {
  const headings = readFileSync(path, "utf8").matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, text = ""]) =>
    text
      .toLowerCase()
      .replace(/[^\w\s-]/g, "")
      .replace(/ /g, "-"),
  );
}

describe.each(queries)("$name", ({ name, system, args }) => {
  const folder = globSync(`{sdk,provider/${system}}/*.ts`, { cwd: root });
  const texts = folder.map((file) => readFileSync(join(root, file), "utf8"));

  test("has both forms in the SDK, each with an example", () => {
    for (const form of [name, `${name}Output`]) {
      expect(sdk).toHaveProperty(form);
      const [, documentation = ""] =
        texts
          .map((text) => new RegExp(`(/\\*\\*(?:(?!\\*/)[^])*\\*/)\\nexport const ${form}\\b`).exec(text))
          .find(Boolean) ?? [];
      expect(documentation).toMatch(/@throws .*@example\n/s);
    }
  });

  test("refuses what it does not know", () => {
    const { issues = [] } = args.safeParse({ noSuchArgument: 1 }).error ?? {};
    expect(issues.map(({ code }) => code)).toContain("unrecognized_keys");
  });
});

describe.each(resources.map(({ definition, shape }) => [definition.name, definition, shape] as const))(
  "%s",
  (name, definition, shape) => {
    const examples = globSync("examples/*/index.ts", { cwd: root }).map((file) =>
      readFileSync(join(root, file), "utf8"),
    );
    const type = `pulumi-nodejs:dynamic/${definition.system}:${name}`;
    const sdkClass = (sdk as unknown as Record<string, { __pulumiType: string; prototype: object }>)[name];

    test("is exported where the text in every state looks for it", () => {
      expect((entry as Record<string, unknown>)[name]).toHaveProperty("check");
    });

    test("has a class of its type in the SDK, with all arguments", () => {
      expect(sdkClass?.__pulumiType).toBe(type);
      const declared = Object.getOwnPropertyNames(Object.getPrototypeOf(sdkClass?.prototype)).filter(
        (key) => key !== "constructor",
      );
      expect(declared.sort()).toEqual(Object.keys(shape.fields).sort());
    });

    test("passes the lifecycle suite and the suites on the real engine", () => {
      const suites = globSync("test/*/*.test.ts", { cwd: root }).map((file) => readFileSync(join(root, file), "utf8"));
      expect(suites.some((text) => text.includes(`describeLifecycle({ type: "${name}"`))).toBe(true);
      const fixtures = globSync("test/fixtures/*.ts", { cwd: root }).map((file) =>
        readFileSync(join(root, file), "utf8"),
      );
      expect(fixtures.some((text) => text.includes(`name: "${name}"`))).toBe(true);
    });

    test("has an example", () => {
      expect(examples.some((text) => text.includes(`new ${name}(`))).toBe(true);
    });

    test("says of every argument what it means", () => {
      const files = globSync(`provider/${definition.system}/*.ts`, { cwd: root }).map((file) =>
        readFileSync(join(root, file), "utf8"),
      );
      const [, body = ""] =
        files
          .map((text) => new RegExp(`export interface ${name}Inputs[^{]*\\{([^]*?)\\n\\}`).exec(text))
          .find(Boolean) ?? [];
      for (const field of Object.keys(shape.fields)) {
        if (!new RegExp(`\\n  ${field}\\??:`).test(body)) continue;
        expect(body, `${field} has no documentation`).toMatch(new RegExp(`\\*/\\n  ${field}\\??:`));
      }
      expect(body).not.toBe("");
    });
  },
);
