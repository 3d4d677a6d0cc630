import { inspect, stripVTControlCharacters, styleText } from "node:util";
import { asInTerminal } from "./rows.ts";

/** What the demonstration says: its own words, the commands, Pulumi's output set off from both, and what was checked. */
export interface Narration {
  title(text: string): void;
  /** The last word, when all went well. */
  end(text: string): void;
  say(text: string): void;
  /** Begins a numbered step; the text says what it will show. */
  step(heading: string, text: string): void;
  /** Somebody does something: who stands out. */
  act(who: string, text: string): void;
  /** A change to a program, as a diff. */
  edit(file: string, before: string, after: string): void;
  command(text: string): void;
  /** A page in a browser. */
  page(url: string, status: number, title: string): void;
  /** Takes Pulumi's output as it comes. */
  output(text: string): void;
  /** Ends the output of one command. */
  endOutput(): void;
  /** States what is true; throws {@link Untrue} if it is not, with what was found instead. */
  check(claim: string, holds: boolean, found?: unknown): void;
  /** Ends in failure: what was said, and was not so. */
  fail(claim: string): void;
  /** Number of checks that held. */
  readonly checks: number;
}

/** The demonstration said something that did not come true. */
export class Untrue extends Error {
  override readonly name = "Untrue";
}

/** What stands before Pulumi's output, and is not to be written at the end of a line. */
const barWidth = 6;

type Style = Parameters<typeof styleText>[0];

/** Rows of resources in a file or a pipe; all other lines there stay as long as they are. */
const wide = 120;

/** @param columns - how wide the terminal is, if it is one */
export function narrate(write: (text: string) => void, colors: boolean, columns?: number): Narration {
  // Whether there are colours was decided for the whole run, so that it and Pulumi agree.
  const style = (format: Style, text: string) => (colors ? styleText(format, text, { validateStream: false }) : text);
  const line = (text = "") => write(`${text}\n`);
  const indented = (text: string) => text.replace(/^(?=.)/gm, "   ");
  let steps = 0;
  let checks = 0;
  let partial = "";
  let [begun, empty] = [false, false];

  function outputLine(line: string): void {
    const text = asInTerminal(line, (columns ?? wide) - barWidth);
    if (text !== undefined) barred(text);
  }

  function barred(text: string): void {
    const bar = `   ${style("gray", "│")}`;
    // Pulumi ends with empty lines, which would look like the end of the step: they wait for what comes after them.
    if (text.trim() === "") {
      empty = begun;
      return;
    }
    if (empty) line(bar);
    for (const part of wrap(text.trimEnd(), columns)) line(`${bar} ${part}`);
    [begun, empty] = [true, false];
  }

  return {
    title: (text) => line(`\n${style("bold", text)}`),
    end: (text) => line(`\n${style(["bold", "green"], text)}`),
    say: (text) => line(`\n${text}`),
    step(heading, text) {
      steps += 1;
      line(`\n${style(["bold", "cyan"], `${steps}  ${heading}`)}\n${indented(text)}`);
    },
    act: (who, text) => line(`\n${indented(`${style(["bold", "yellow"], who)} ${text}`)}`),
    edit(file, before, after) {
      line(`\n   ${file}`);
      line(style("red", `   - ${before}`));
      line(style("green", `   + ${after}`));
    },
    command: (text) => line(`\n   ${style("bold", `$ ${text}`)}`),
    page: (url, status, title) => line(`\n   ${url}  ${style("gray", "→")}  ${status} ${style("bold", title)}`),
    output(text) {
      const lines = (partial + text).split("\n");
      partial = lines.pop() ?? "";
      for (const text of lines) outputLine(text);
    },
    endOutput() {
      outputLine(partial);
      partial = "";
      [begun, empty] = [false, false];
    },
    check(claim, holds, found) {
      if (!holds) {
        const instead = found === undefined ? "" : `\n  found: ${inspect(found, { depth: 6 })}`;
        throw new Untrue(`${claim}${instead}`);
      }
      checks += 1;
      line(`   ${style("green", "✓")} ${claim}`);
    },
    fail: (claim) => line(`\n   ${style(["bold", "red"], "✗ Not true:")} ${indented(claim).trimStart()}`),
    get checks() {
      return checks;
    },
  };
}

/** Breaks a line between words, further lines indented as the first and a little more. Colours have no width. */
function wrap(line: string, columns = Number.POSITIVE_INFINITY): string[] {
  const width = columns - barWidth;
  const indent = " ".repeat((/^ */.exec(stripVTControlCharacters(line))?.[0].length ?? 0) + 4);
  const lines = [""];
  for (const word of line.split(/(?<=\S)(?= )/)) {
    const last = lines.at(-1) ?? "";
    const fits = stripVTControlCharacters(last + word).length <= width;
    if (fits || last === "") lines[lines.length - 1] = last + word;
    else lines.push(indent + word.trimStart());
  }
  return lines;
}
