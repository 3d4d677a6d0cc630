#!/usr/bin/env node
import "../start/expectNode.cts";
import { check } from "./check.ts";
import { type Command, UsageError } from "./command.ts";
import { scan } from "./scan.ts";
import { simulate } from "./simulate.ts";
import { top } from "./top.ts";

/** One line a command. */
const commands: Record<string, Command> = { check, scan, simulate, top };

function usage(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`);
  return `Usage: pulumi-nginx-nsx <command> [options]

Commands:
${lines.join("\n")}

"pulumi-nginx-nsx <command> --help" shows the options of a command.`;
}

async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === "--help" || name === "-h") {
    process.stdout.write(`${usage()}\n`);
    return name === undefined ? 2 : 0;
  }
  const command = commands[name];
  if (!command) throw new UsageError(`there is no command "${name}"; there is ${Object.keys(commands).join(", ")}`);
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(`${command.help()}\n`);
    return 0;
  }
  return command.run(args);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`pulumi-nginx-nsx: ${(error as Error).message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
