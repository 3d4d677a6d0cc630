// Whether there is what the lines of a shell ask for: Pulumi's commands and flags, this package's own, npm's scripts.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { inheritedEnvironment } from "../tools/pulumi.ts";
import { root } from "./blocks.ts";

/** Programs of the system, of whose arguments nothing is looked at. */
const others = new Set(
  (
    "alias [ cd cp curl date echo exit export git grep mkdir mkfifo node openssl printf read sed seq set sleep trap true " +
    "unset New-Item Remove-Item"
  ).split(" "),
);
/** Words before a command, and those that are no command. */
const before = new Set(["if", "then", "else", "elif", "do", "while", "until", "!", "{", "("]);
const alone = new Set(["done", "fi", "}", ")", "for", "esac"]);
const npmCommands = new Set(["ci", "install", "ls", "pack", "run", "start", "test"]);

/**
 * What is wrong with the lines, one text each.
 * @param folder - where they are run, from the root: its package.json has the scripts
 */
export async function complaintsAbout(lines: string, folder: string): Promise<string[]> {
  const complaints: string[] = [];
  const aliases = new Set<string>();
  for (const words of commandsOf(lines)) {
    const [program = "", first = ""] = words;
    if (program === "alias") aliases.add(first.replace(/=.*/s, ""));
    const complaint = aliases.has(program) ? undefined : await complaintAbout(words, folder);
    if (complaint !== undefined) complaints.push(`${words.join(" ")}: ${complaint}`);
  }
  return complaints;
}

async function complaintAbout(words: readonly string[], folder: string): Promise<string | undefined> {
  const [program = "", ...args] = words;
  if (program.startsWith("$env:") || others.has(program)) return undefined;
  if (program === "pulumi") return complaintAboutPulumi(args);
  if (program === "npm") return complaintAboutNpm(args, folder);
  if (program === "npx") return complaintAboutNpx(args);
  return `"${program}" is not a known program`;
}

async function complaintAboutPulumi(args: readonly string[]): Promise<string | undefined> {
  let path: string[] = [];
  let help = await pulumiHelp(path);
  for (const word of args) {
    if (word.startsWith("-") || !/^[ \w]*Commands:$/m.test(help)) break;
    const next = await pulumiHelp([...path, word]);
    // The help of an unknown command is that of the one above it.
    if (next === help) return takesArguments(help) ? undefined : `there is no "pulumi ${[...path, word].join(" ")}"`;
    [path, help] = [[...path, word], next];
  }
  const unknown = flagsOf(args).find((flag) => !hasFlag(help, flag));
  return unknown && `"pulumi ${path.join(" ")}" has no ${unknown}`;
}

const takesArguments = (help: string) => /^Usage:\n {2}pulumi .*[<[](?!command|flags)/m.test(help);

function complaintAboutNpm(args: readonly string[], folder: string): string | undefined {
  const [command = "", ...rest] = args;
  if (!npmCommands.has(command)) return `npm has no "${command}" that is known here`;
  const script = command === "run" ? rest.find((word) => !word.startsWith("-")) : command;
  if (!["run", "start", "test"].includes(command)) return undefined;
  const { scripts = {} } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  return scripts[script ?? ""] === undefined ? `${folder}/package.json has no script "${script}"` : undefined;
}

async function complaintAboutNpx([program = "", ...args]: readonly string[]): Promise<string | undefined> {
  if (program === "pulumi") return complaintAboutPulumi(args);
  if (program !== "pulumi-nginx-nsx") {
    return existsSync(join(root, "node_modules/.bin", program)) ? undefined : `"${program}" is no package of ours`;
  }
  const [command = "", ...rest] = args.filter((word) => word !== "…");
  const name = command.startsWith("-") ? undefined : command;
  if (name !== undefined && !new RegExp(`^ {2}${name} `, "m").test(await ownHelp([]))) return `it has no "${name}"`;
  const help = await ownHelp(name === undefined ? [] : [name]);
  const unknown = flagsOf(name === undefined ? args : rest).find((flag) => flag !== "--help" && !hasFlag(help, flag));
  return unknown && `it has no ${unknown}`;
}

/** Words that are flags, without their values. */
function flagsOf(words: readonly string[]): string[] {
  const end = words.indexOf("--");
  const own = end < 0 ? words : words.slice(0, end);
  return own.filter((word) => /^--?[a-zA-Z]/.test(word)).map((word) => word.replace(/=.*/, ""));
}

const hasFlag = (help: string, flag: string) => new RegExp(`(^|[ ,])${flag}[ ,=[]`, "m").test(help);

const helps = new Map<string, Promise<string>>();

function pulumiHelp(path: readonly string[]): Promise<string> {
  return helpOf("pulumi", [...path, "--help"]);
}

function ownHelp(path: readonly string[]): Promise<string> {
  return helpOf(process.execPath, [join(root, "cli/index.ts"), ...path, "--help"]);
}

function helpOf(program: string, args: string[]): Promise<string> {
  const key = [program, ...args].join(" ");
  const env = { ...inheritedEnvironment(), PULUMI_SKIP_UPDATE_CHECK: "true" };
  const help = helps.get(key) ?? promisify(execFile)(program, args, { env }).then(({ stdout }) => stdout);
  helps.set(key, help);
  return help;
}

/** The folder from the root in which a document's commands are run: its own, where that is a project. */
export function folderOf(document: string): string {
  const folder = dirname(document);
  return existsSync(join(root, folder, "package.json")) ? folder : ".";
}

/** The commands of some lines, each as its words without quotes, redirections and variables that are set for it. */
export function commandsOf(lines: string): string[][] {
  const commands: string[][] = [];
  let words: string[] = [];
  let word: string | undefined;
  const endWord = () => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const endCommand = () => {
    endWord();
    const command = bare(words);
    if (command.length > 0) commands.push(command);
    words = [];
  };
  let quote = "";
  for (let i = 0; i < lines.length; i += 1) {
    const char = lines[i] as string;
    if (char === "$" && lines[i + 1] === "(" && quote !== "'") {
      const end = closing(lines, i + 1);
      const inner = lines.slice(i + 2, end);
      commands.push(...(inner.startsWith("(") ? commandsInSum(inner) : commandsOf(inner)));
      word = `${word ?? ""}…`;
      i = end;
    } else if (quote) {
      if (char === quote) quote = "";
      else if (char !== "\n") word = `${word ?? ""}${char === "\\" && quote === '"' ? (lines[++i] ?? "") : char}`;
    } else if (char === "'" || char === '"') {
      quote = char;
      word ??= "";
    } else if (char === "\\" && lines[i + 1] === "\n") i += 1;
    else if (char === "#" && word === undefined) i = lineEnd(lines, i) - 1;
    else if (char === "\n" || ";&|".includes(char)) endCommand();
    else if (/\s/.test(char)) endWord();
    else word = `${word ?? ""}${char}`;
  }
  endCommand();
  return commands;
}

/** Of arithmetic, only what it asks other commands for. */
function commandsInSum(text: string): string[][] {
  const start = text.indexOf("$(");
  if (start < 0) return [];
  const end = closing(text, start + 1);
  return [...commandsOf(text.slice(start + 2, end)), ...commandsInSum(text.slice(end + 1))];
}

/** Without what is no command's own: assignments, keywords, and where it reads from and writes to. */
function bare(words: readonly string[]): string[] {
  const start = words.findIndex((word) => !before.has(word) && !/^\w+=/.test(word));
  if (start < 0 || alone.has(words[start] as string)) return [];
  const own: string[] = [];
  for (let i = start; i < words.length; i += 1) {
    const word = words[i] as string;
    if (/^\d?[<>]+$/.test(word)) i += 1;
    else if (!/^\d?[<>]/.test(word)) own.push(word);
  }
  return own;
}

function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i += 1) {
    if (text[i] === "(") depth += 1;
    else if (text[i] === ")" && --depth === 0) return i;
  }
  throw new Error(`no end of ${text.slice(open - 1)}`);
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}
