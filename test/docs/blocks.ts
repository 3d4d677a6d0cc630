// The code blocks of a document, and what the comment before each says of it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Block {
  /** The document, from the root, and the line of the block's first line of text. */
  readonly document: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
  readonly marker: Marker;
}

/**
 * Of `<!-- run: first-stack, file: index.ts -->` right before a block, or `<!-- not run: needs a real NSX -->`.
 *
 * - `run`: belongs to this walk, whose blocks are run in their order.
 * - `file`: is written to this file in place of being run.
 * - `terminal: other`: keeps running beside the others until the walk is at its end.
 * - `fails`: has to end with an error.
 * - `says`: what its output has to hold; always the last one, for it may have commas.
 * - `not run`: why not.
 */
export interface Marker {
  readonly run?: string;
  readonly file?: string;
  readonly terminal?: string;
  readonly fails?: boolean;
  readonly says?: string;
  readonly notRun?: string;
}

export function blocksOf(document: string, text = readFileSync(join(root, document), "utf8")): Block[] {
  const blocks: Block[] = [];
  const lines = text.split("\n");
  for (let i = 0; i < lines.length; i += 1) {
    const [, indent = "", language = ""] = /^( *)```(.*)$/.exec(lines[i] ?? "") ?? [];
    if (!lines[i]?.startsWith(`${indent}\`\`\``)) continue;
    const end = lines.indexOf(`${indent}\`\`\``, i + 1);
    if (end < 0) throw new Error(`${document}:${i + 1}: a block without an end`);
    const body = lines.slice(i + 1, end).map((line) => line.slice(indent.length));
    blocks.push({
      document,
      line: i + 2,
      language,
      text: `${body.join("\n")}\n`,
      marker: markerOf(lines[i - 1] ?? ""),
    });
    i = end;
  }
  return blocks;
}

export const placeOf = ({ document, line }: Block) => `${document}:${line}`;

function markerOf(line: string): Marker {
  const [, text] = /^ *<!-- ((?:not )?run: .*) -->$/.exec(line) ?? [];
  if (text === undefined) return {};
  if (text.startsWith("not run: ")) return { notRun: text.slice("not run: ".length) };
  const [, before = "", says] = /^(.*?)(?:, says: (.*))?$/.exec(text) ?? [];
  const words = before.split(", ").map((word) => word.split(": "));
  const known = new Set(["run", "file", "terminal", "fails"]);
  const strange = words.find(([name = ""]) => !known.has(name));
  if (strange) throw new Error(`a marker has no "${strange[0]}": ${line}`);
  const { run, file, terminal } = Object.fromEntries(words);
  return {
    run,
    ...(file !== undefined && { file }),
    ...(terminal !== undefined && { terminal }),
    ...(words.some(([name]) => name === "fails") && { fails: true }),
    ...(says !== undefined && { says }),
  };
}
