// What has to be true of the ledger. Whether a test shows what its clause says, only a reader can tell; that it is there,
// runs, and has to do with the files beside it, can be checked.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Clause, Guide, Place, Shown } from "./clause.ts";
import { type Found, testsIn } from "./titles.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** It is no test file, for each resource's own one calls it. */
const lifecycleSuite = "test/tools/lifecycleSuite.ts";

/** Everything that is wrong with a guide's clauses, in words. */
export function problemsIn({ name, clauses }: Guide): string[] {
  const prefix = name.startsWith("NGINX") ? "NIM" : "NSX";
  const misnumbered = clauses.flatMap(({ id }, index) =>
    id === `${prefix}-${index + 1}` ? [] : [`${id} stands where ${prefix}-${index + 1} belongs`],
  );
  return [...misnumbered, ...clauses.flatMap(problemsOf)];
}

function problemsOf(clause: Clause): string[] {
  const { id, provider, simulator, tests } = clause;
  const about = (problems: string[]) => problems.map((problem) => `${id}: ${problem}`);
  const files = Object.keys(tests);
  const missing = files.filter((file) => !isTestFile(file));
  if (missing.length > 0) return about(missing.map((file) => `${file} is no test file`));
  const named = files.flatMap((file) => (tests[file] ?? []).map((shown) => read(file, shown)));
  const found = named.flatMap((result) => (typeof result === "string" ? [] : result));
  return about([
    ...(["provider", "simulator"] as const).flatMap((side) => problemsOfPlace(side, clause[side])),
    ...named.filter((result) => typeof result === "string"),
    ...(found.some(({ runs }) => runs === "always") ? [] : ["no test shows it on every machine"]),
    ...[provider, simulator].flatMap((place) => unreached(place, files)),
  ]);
}

const isTestFile = (file: string) =>
  existsSync(join(root, file)) && (/^test\/.*\.test\.ts$/.test(file) || file === lifecycleSuite);

function problemsOfPlace(side: string, place: Place): string[] {
  if (typeof place !== "string") return Object.values(place).every(Boolean) ? [] : [`no reason for no place (${side})`];
  const folder = side === "provider" ? /^(provider|sdk|cli)\// : /^simulators\//;
  if (!folder.test(place)) return [`${place} is not of the ${side}`];
  return existsSync(join(root, place)) ? [] : [`${place} is not there`];
}

/** The test, or what is wrong with its name. */
function read(file: string, shown: Shown): Found | string {
  const title = typeof shown === "string" ? shown : shown.title;
  const named = testsIn(join(root, file)).filter(({ path }) => `> ${path.join(" > ")}`.endsWith(`> ${title}`));
  const [test, ...others] = named;
  if (!test) return `${file} has no test "${title}"`;
  if (others.length > 0) return `${file} has ${named.length} tests "${title}"`;
  if (test.runs === "never") return `"${title}" in ${file} is not run`;
  if (typeof shown === "object" && !test.hasRow(shown.row)) return `"${title}" in ${file} has no row "${shown.row}"`;
  return test;
}

/** A test shows nothing of a file that it cannot reach. */
function unreached(place: Place, files: readonly string[]): string[] {
  if (typeof place !== "string" || files.some((file) => reachedFrom(file).has(place))) return [];
  return [`no test of it has to do with ${place}`];
}

const reached = new Map<string, Set<string>>();

/** All files that a file needs. */
function reachedFrom(file: string): Set<string> {
  const known = reached.get(file);
  if (known) return known;
  const found = new Set<string>();
  const visit = (path: string): void => {
    if (found.has(path) || !existsSync(join(root, path))) return;
    found.add(path);
    const targets = readFileSync(join(root, path), "utf8").matchAll(/(?:\bfrom |\bimport\()"(\.[^"]+)"/g);
    for (const [, target = ""] of targets) visit(relative(root, join(root, dirname(path), target)));
  };
  // The suite itself knows no resource.
  visit(file === lifecycleSuite ? "test/nsx/nsxSegment.test.ts" : file);
  if (file === lifecycleSuite) visit("test/nim/role.test.ts");
  reached.set(file, found);
  return found;
}
