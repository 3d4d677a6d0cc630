// Whatever stands in a document as code is code: it compiles, its commands are there, and the guides are walked through
// on the simulators with the real engine, block by block.
import { globSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { type Block, blocksOf, placeOf, root } from "./blocks.ts";
import { commandsOf, complaintsAbout, folderOf } from "./shell.ts";
import { mistakesIn } from "./types.ts";
import { type Walk, walk } from "./walk.ts";

const documents = globSync(
  ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/*.md", "examples/*/README.md", "simulators/*.md"],
  { cwd: root },
).sort();
const blocks = documents.flatMap((document) => blocksOf(document));
const of = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language));

/** For whole walks, also on a machine that has other things to do. */
const minutes = 1_800_000;

/** Guides that are walked through from their first block to the last. */
const walks = ["first-stack", "large-stacks", "roll-back", "take-over"];

/** The YAML reader that Pulumi itself uses. */
const yaml: { load(text: string): unknown } = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"))(
  "js-yaml",
);

test("every block has a language that is looked at here", () => {
  expect(blocks.length).toBeGreaterThan(60);
  const known = ["json", "nginx", "powershell", "sh", "text", "ts", "yaml"];
  expect(blocks.filter(({ language }) => !known.includes(language)).map(placeOf)).toEqual([]);
});

describe("TypeScript", () => {
  test("compiles against this package", () => {
    expect(of("ts").length).toBeGreaterThan(4);
    expect(mistakesIn(of("ts"))).toEqual([]);
  }, 300_000);

  test("with a property that is none, or a value of another type, does not", () => {
    const text = ["Before.", "```ts", 'new NsxSegment("web", {', '  segmentID: "web",', "});", "```", ""].join("\n");
    const wrong = text.replace('segmentID: "web"', "adopt: 1");
    const [first = "", second = "", ...more] = mistakesIn([text, wrong].flatMap((each) => blocksOf("README.md", each)));
    expect(first).toMatch(/^README\.md:4: .*'segmentID' does not exist/s);
    expect(second).toMatch(/^README\.md:4: Type 'number' is not assignable to type '.*boolean/s);
    expect(more).toEqual([]);
  }, 300_000);
});

describe("lines for a shell", () => {
  test("ask for nothing that is not there", async () => {
    expect(of("sh").length).toBeGreaterThan(40);
    const complaints = [];
    for (const block of of("sh", "powershell")) complaints.push(...(await complaintsOf(block, block.text)));
    for (const block of of("yaml")) {
      for (const lines of linesToRun(yaml.load(block.text))) complaints.push(...(await complaintsOf(block, lines)));
    }
    expect(complaints).toEqual([]);
  }, 300_000);

  test("are read as a shell reads them", () => {
    const lines = [
      "export A='one two' B=3     # set && gone",
      'A=1 pulumi up --yes && npm run bench -- --segments 5; echo "a # b" > file',
      "for n in $(seq 1 50); do",
      "  curl -d '{\"a\": \"'$n'\"}' \\",
      '    "$URL/x"',
      "done",
      'days=$(( ($(date -d "$(pulumi stack output notAfter)" +%s) - 1) / 86400 ))',
      'if [ "$days" -ge 30 ]; then exit 0; fi',
    ].join("\n");
    expect(commandsOf(lines)).toEqual([
      ["export", "A=one two", "B=3"],
      ["pulumi", "up", "--yes"],
      ["npm", "run", "bench", "--", "--segments", "5"],
      ["echo", "a # b"],
      ["seq", "1", "50"],
      ["curl", "-d", '{"a": "$n"}', "$URL/x"],
      ["pulumi", "stack", "output", "notAfter"],
      ["date", "-d", "…", "+%s"],
      ["[", "$days", "-ge", "30", "]"],
      ["exit", "0"],
    ]);
  });

  test.each([
    ["pulumi up --no-such-flag", '"pulumi up" has no --no-such-flag'],
    ["pulumi upp", 'there is no "pulumi upp"'],
    ["pulumi stack inti dev", 'there is no "pulumi stack inti"'],
    ["echo $(pulumi config get --sceret x)", '"pulumi config get" has no --sceret'],
    ["npm run benhc", './package.json has no script "benhc"'],
    ["npx pulumi-nginx-nsx simulat", 'it has no "simulat"'],
    ["npx pulumi-nginx-nsx simulate --nsx-prot 1", "it has no --nsx-prot"],
    ["pulmi up", '"pulmi" is not a known program'],
  ])("%s is found out", async (line, complaint) => {
    const [first = "", ...more] = await complaintsAbout(`${line}\n`, ".");
    expect(first.endsWith(`: ${complaint}`), first).toBe(true);
    expect(more).toEqual([]);
  });
});

test("YAML and JSON can be read", () => {
  expect(of("yaml").length).toBeGreaterThan(2);
  for (const block of of("yaml")) expect(() => yaml.load(block.text), placeOf(block)).not.toThrow();
  for (const block of of("json")) expect(() => JSON.parse(block.text), placeOf(block)).not.toThrow();
});

describe("guides", () => {
  test("in those that are walked through, a block is part of the walk or says why not", () => {
    const silent = walks
      .flatMap((name) => blocksOf(`docs/${name}.md`))
      .filter(({ marker }) => !marker.run && !marker.notRun);
    expect(silent.map(placeOf)).toEqual([]);
    const strange = blocks.filter(
      ({ marker: { run }, document }) => run !== undefined && document !== `docs/${run}.md`,
    );
    expect(strange.map(placeOf)).toEqual([]);
    expect(new Set(blocks.flatMap(({ marker: { run = [] } }) => run))).toEqual(new Set(walks));
  });

  test("what is not run is this, for these reasons", () => {
    const reasons = blocks.flatMap(({ document, marker: { notRun } }) => (notRun ? [`${document}: ${notRun}`] : []));
    expect(reasons).toEqual([
      "docs/first-stack.md: needs a real NSX",
      "docs/first-stack.md: PowerShell; all of this was tried on Linux only",
      "docs/first-stack.md: needs a proxy",
    ]);
  });

  test("the first stack, from an empty folder", () => walk(stepsOf("first-stack")), minutes);

  test("a config is rolled back", () => walk(stepsOf("roll-back"), { project: firstProject() }), minutes);

  test(
    "a large stack is made with and without checkpoints",
    () => walk(stepsOf("large-stacks"), { project: firstProject() }),
    minutes,
  );

  test(
    "fifty segments are taken over and given back, and are what they were but for the owner's mark",
    async () => {
      const seen: Record<string, Segment[]> = {};
      await walk(stepsOf("take-over"), {
        project: firstProject(),
        after: async ({ text, marker: { says = "" } }, here) => {
          if (text.includes("existing.json") && text.includes("curl")) seen.before = await segmentsOf(here);
          if (says === "was taken over") seen.taken = await segmentsOf(here);
          if (says === "protected") seen.refused = await segmentsOf(here);
          if (text.includes("unprotect")) seen.left = await segmentsOf(here);
        },
      });
      expect(seen.before).toHaveLength(50);
      expect(seen.taken?.filter(({ tags = [] }) => tags.some(({ scope }) => scope === "pulumi.owner"))).toHaveLength(
        50,
      );
      expect(seen.taken?.map(unmarked)).toEqual(seen.before?.map(unmarked));
      expect(seen.refused).toEqual(seen.taken);
      expect(seen.left).toEqual(seen.taken);
    },
    minutes,
  );

  test("a walk whose block does not say what it should, or does not end as it should, fails", async () => {
    const [block] = blocksOf("x.md", "<!-- run: x, says: three -->\n```sh\necho one two\n```\n");
    await expect(walk([block as Block])).rejects.toThrow(/x\.md:3 does not say "three":\none two/);
    await expect(walk([{ ...(block as Block), marker: {}, text: "false\n" }])).rejects.toThrow("x.md:3 ended with 1");
    await expect(walk([{ ...(block as Block), marker: { fails: true } }])).rejects.toThrow("x.md:3 ended with 0");
  }, 300_000);
});

const stepsOf = (name: string) => blocks.filter(({ marker: { run } }) => run === name);

/** The project of the first stack, with which the other guides begin. */
function firstProject(): Record<string, string> {
  const files = stepsOf("first-stack").flatMap(({ marker: { file }, text }) =>
    file === undefined ? [] : [[file, text]],
  );
  return Object.fromEntries(files);
}

async function complaintsOf(block: Block, lines: string): Promise<string[]> {
  return (await complaintsAbout(lines, folderOf(block.document))).map((complaint) => `${placeOf(block)}: ${complaint}`);
}

/** What a workflow runs: GitHub's `run`, GitLab's `script`. */
function linesToRun(value: unknown): string[] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, each]) =>
    ["run", "script"].includes(key) ? [each].flat().filter((line) => typeof line === "string") : linesToRun(each),
  );
}

interface Segment {
  readonly id: string;
  readonly tags?: { scope: string; tag: string }[];
}

async function segmentsOf({ here }: Walk): Promise<Segment[]> {
  const headers = { authorization: `Basic ${btoa("admin:secret")}` };
  const answer = await fetch(here("http://127.0.0.1:8114/policy/api/v1/infra/segments"), { headers });
  return ((await answer.json()) as { results: Segment[] }).results;
}

/** Without the owner's mark, and without what each write changes. */
function unmarked({ tags, ...segment }: Segment): object {
  const others = (tags ?? []).filter(({ scope }) => scope !== "pulumi.owner");
  const { _revision, _last_modified_user, _last_modified_time, ...rest } = segment as Record<string, unknown>;
  return { ...rest, tags: others };
}
