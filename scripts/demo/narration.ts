import { inspect, styleText } from "node:util";

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

type Style = Parameters<typeof styleText>[0];

export function narrate(write: (text: string) => void, colors: boolean): Narration {
  // Whether there are colours was decided for the whole run, so that it and Pulumi agree.
  const style = (format: Style, text: string) => (colors ? styleText(format, text, { validateStream: false }) : text);
  const line = (text = "") => write(`${text}\n`);
  const indented = (text: string) => text.replace(/^(?=.)/gm, "   ");
  let steps = 0;
  let checks = 0;
  let partial = "";
  let blank = true;

  function outputLine(text: string): void {
    // Pulumi ends with several empty lines, which would look like the end of the step.
    const empty = text.trim() === "";
    if (!(empty && blank)) line(`   ${style("gray", "│")}${empty ? "" : ` ${text.trimEnd()}`}`);
    blank = empty;
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
    output(text) {
      const lines = (partial + text).split("\n");
      partial = lines.pop() ?? "";
      for (const text of lines) outputLine(text);
    },
    endOutput() {
      if (partial) outputLine(partial);
      partial = "";
      blank = true;
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
