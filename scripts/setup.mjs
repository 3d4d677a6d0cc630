// Gets everything a checkout needs and then runs a command with it: `node scripts/setup.mjs [COMMAND ARGUMENT…]`.
// Runs on any Node from 20 on with nothing installed; done already, it costs a moment. --build-only stops at bin/.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, installDependencies, linkToItself } from "./setup/checkout.mjs";
import { nginxFolder } from "./setup/nginx.mjs";
import { pulumiFolder } from "./setup/pulumi.mjs";
import { abandon, Problem } from "./setup/tools.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [first, ...rest] = process.argv.slice(2);

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    abandon();
    process.exit(128 + constants.signals[signal]);
  });
}

try {
  await installDependencies(root);
  linkToItself(root);
  await build(root);
  if (first !== "--build-only") {
    // One function for each tool that is no npm package: it returns the folder for PATH, or undefined to do without.
    const tools = [await pulumiFolder(root), await nginxFolder()];
    if (first) runCommand(first, rest, tools);
  }
} catch (error) {
  abandon();
  process.stderr.write(`\n${error instanceof Problem ? error.message : error.stack}\n`);
  process.exitCode = 1;
}

function runCommand(command, args, tools) {
  const own = (process.env.PATH ?? "").split(delimiter);
  // What is on PATH stays where it is: in front, its folder would bring the machine's other programs along.
  const added = tools.filter((folder) => !own.includes(folder));
  const path = [join(root, "node_modules/.bin"), ...added, process.env.PATH].filter(Boolean).join(delimiter);
  const child = spawn(command, args, { stdio: "inherit", env: { ...process.env, PATH: path } });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.removeAllListeners(signal);
    process.on(signal, () => {
      // On a terminal, Ctrl-C has reached the command already; a second one would make Pulumi stop without saving.
      const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
      if (signal !== "SIGINT" || !terminal) child.kill(signal);
    });
  }
  child.on("error", (error) => {
    process.stderr.write(`cannot run ${command}: ${error.message}\n`);
    process.exitCode = 127;
  });
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}
