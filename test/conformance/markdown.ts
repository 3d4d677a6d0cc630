import type { Clause, Guide, Place, Shown } from "./clause.ts";
import { guides } from "./clauses.ts";

/** docs/conformance.md, whole. */
export function conformancePage(): string {
  return `# Conformance: each sentence of the two API guides

What the two guides say that a client must do or can rely on, one row a sentence, in our own words: where the provider honours
it, where the simulator enforces it, and the tests that show both. Written by \`node test/conformance/write.ts\` from
\`test/conformance/\`; \`test/conformance/conformance.test.ts\` fails where a row has no test, a named test is gone or not run,
or this page is another one. A group's title stands before a test's as \`group > test\`, a row of a test's table in brackets.

| guide | clauses |
|---|---|
${guides.map(countRow).join("\n")}

${guides.map(guideText).join("\n")}`;
}

function countRow({ name, clauses }: Guide): string {
  return `| ${name} | ${clauses.length} |`;
}

function guideText({ name, clauses, leftOut }: Guide): string {
  return `## ${name}

| no. | section | it says | provider | simulator | tests |
|---|---|---|---|---|---|
${clauses.map(clauseRow).join("\n")}

### Left out: it binds nobody

| section | what | why |
|---|---|---|
${leftOut.map(({ section, what, why }) => `| ${[section, what, why].map(cell).join(" | ")} |`).join("\n")}
`;
}

function clauseRow({ id, section, says, provider, simulator, tests }: Clause): string {
  const shown = Object.entries(tests).map(
    ([file, titles]) => `\`${file}\`: ${titles.map((title) => cell(titleText(title))).join("; ")}`,
  );
  const cells = [id, cell(section), cell(says), placeText(provider), placeText(simulator), shown.join("<br>")];
  return `| ${cells.join(" | ")} |`;
}

function titleText(shown: Shown): string {
  return typeof shown === "string" ? `“${shown}”` : `“${shown.title}” [${shown.row}]`;
}

function placeText(place: Place): string {
  if (typeof place === "string") return `\`${place}\``;
  if ("others" in place) return `others' side: ${cell(place.others)}`;
  return "unused" in place ? `not used: ${cell(place.unused)}` : `not to be seen by a server: ${cell(place.unseen)}`;
}

/** Text that Markdown shows as it is. */
const cell = (text: string) => text.replace(/[\\|*_<>`~]/g, "\\$&");
