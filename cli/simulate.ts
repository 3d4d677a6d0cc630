import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SwitchDefinition, valueSchema } from "../simulators/kit/index.ts";
import { type Command, readArgs, UsageError } from "./command.ts";
import { whenStarterEnds } from "./starter.ts";
import { type Running, type SimulatedSystem, systems } from "./systems.ts";

/** `pulumi-nginx-nsx simulate`: the simulators in the foreground, one line a system. */
export const simulate: Command = { summary: "starts simulators to try stacks against", help, run };

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const optionName = (system: SimulatedSystem, name: string) => `${system.name.toLowerCase()}-${kebab(name)}`;

function help(): string {
  const lines = systems.flatMap((system) => [
    "",
    `${system.name}:`,
    optionLine(optionName(system, "port"), "port on 127.0.0.1; default: a free one"),
    optionLine(optionName(system, "password"), "password of the user admin"),
    ...Object.entries(system.switches).map(([name, definition]) =>
      optionLine(optionName(system, name), switchHelp(definition)),
    ),
  ]);
  return `Usage: pulumi-nginx-nsx simulate [options]

Starts the simulators on this machine's loopback, prints one line a system, and stays until Ctrl-C, or until the
process that started it ends.
Nothing is kept: every start begins afresh.

${optionLine("https", "also listens on HTTPS, with a certificate of its own")}
${optionLine("accounts", "also users with the smallest roles, for up and for reading drift, one line each")}
${optionLine("control-token", "what the control interface asks for; default: a new one, printed")}
${optionLine("allowed-hosts", "names beside localhost under which clients call, e.g. host.docker.internal,nsx.test")}
${lines.join("\n")}

Tests in other processes drive a simulator through POST <url>/_control/<operation> (arguments as a JSON object):
change an object behind the client's back, inject faults, read the request log and the history, move the clock, …
GET <url>/_control/ lists the operations. The token of the line "control" goes with each:
  curl -H "authorization: Bearer <token>" --json '{"milliseconds": 60000}' <url>/_control/advanceClock`;
}

const optionLine = (name: string, text: string) => `  --${name.padEnd(34)} ${text}`;

function switchHelp({ help, values, default: value }: SwitchDefinition): string {
  const choices = values ? ` (${values.join(" | ")})` : "";
  return `${help}${choices}; default: ${value}`;
}

async function run(args: string[]): Promise<number> {
  const options = readOptions(args);
  // Before the first line is printed: whoever has read it may stop us at once.
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => resolve());
    whenStarterEnds(resolve);
  });
  // Nobody reads on: whoever started this has ended, or has seen enough.
  process.stdout.on("error", () => {});
  const folder = options.https ? await mkdtemp(join(tmpdir(), "pulumi-nginx-nsx-")) : undefined;
  const running: Running[] = [];
  try {
    const asked = systems.map((system) => ({ system, options: options.of(system) }));
    // Before the lines of the systems: whoever has read those may drive them at once.
    process.stdout.write(`control  token ${options.controlToken}\n`);
    for (const { system, options } of asked) {
      const started = await system.start(options);
      running.push(started);
      await announce(system, started, folder);
    }
    await stopped;
  } finally {
    await Promise.all(running.map((started) => started.close()));
    if (folder !== undefined) await rm(folder, { recursive: true });
  }
  return 0;
}

async function announce({ name }: SimulatedSystem, started: Running, folder: string | undefined): Promise<void> {
  const { url, httpsUrl, caCertificate = "", username, password } = started;
  process.stdout.write(`${name}  ${url}  user ${username}  password ${password}\n`);
  for (const note of started.notes ?? []) process.stdout.write(`     ${note}\n`);
  if (folder === undefined || httpsUrl === undefined) return;
  const file = join(folder, `${name.toLowerCase()}-ca.pem`);
  await writeFile(file, caCertificate);
  process.stdout.write(`${name}  ${httpsUrl}  caCertificate ${file}\n`);
}

function readOptions(args: string[]) {
  const known: Record<string, { type: "string" | "boolean" }> = {
    https: { type: "boolean" },
    accounts: { type: "boolean" },
    "control-token": { type: "string" },
    "allowed-hosts": { type: "string" },
  };
  for (const system of systems) {
    for (const name of ["port", "password", ...Object.keys(system.switches)]) {
      known[optionName(system, name)] = { type: "string" };
    }
  }
  const values = readArgs("simulate", args, known) as Record<string, string | boolean | undefined>;
  const https = values.https === true;
  const accounts = values.accounts === true;
  const controlToken = String(values["control-token"] || randomBytes(16).toString("hex"));
  const allowedHosts = String(values["allowed-hosts"] ?? "")
    .toLowerCase()
    .split(",")
    .filter(Boolean);
  const textOf = (system: SimulatedSystem, name: string) => values[optionName(system, name)] as string | undefined;
  return {
    https,
    controlToken,
    of: (system: SimulatedSystem) => {
      const switches: Record<string, unknown> = {};
      for (const [name, definition] of Object.entries(system.switches)) {
        const text = textOf(system, name);
        if (text !== undefined) switches[name] = readValue(optionName(system, name), text, definition);
      }
      const port = readValue(optionName(system, "port"), textOf(system, "port") ?? "0", { default: 0, help: "" });
      const password = textOf(system, "password");
      return { port: port as number, https, password, switches, controlToken, allowedHosts, accounts };
    },
  };
}

/** Reads a value as its switch's type: `412`, `true`, `sliding`. */
function readValue(option: string, text: string, definition: SwitchDefinition): unknown {
  const { default: example } = definition;
  const value =
    typeof example === "number" ? Number(text || "?") : typeof example === "boolean" ? toBoolean(text) : text;
  const read = valueSchema(definition).safeParse(value);
  if (read.success) return read.data;
  const expected = definition.values?.join(" or ") ?? (typeof example === "number" ? "a number" : "true or false");
  throw new UsageError(`--${option} cannot be "${text}"; it takes ${expected}`);
}

const toBoolean = (text: string) => (text === "true" ? true : text === "false" ? false : text);
