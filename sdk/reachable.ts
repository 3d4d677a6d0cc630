import { createRequire } from "node:module";
import { join } from "node:path";
import { RunError } from "@pulumi/pulumi";

const name = "pulumi-nginx-nsx";

/** The program's folder, as long as the program has not gone elsewhere. */
const folder = process.cwd();

let isKnown = false;

/**
 * The text in the state loads this package in a process of Pulumi's own, which looks for it from the program's folder. A
 * package manager that keeps each package's dependencies to itself hides it there from a program that has it only through
 * a library, and Node's message would neither say so nor name the way out.
 *
 * @param what - whom the message is about
 * @throws RunError, which Pulumi shows without a stack trace
 */
export function expectReachable(what: string): void {
  // Set by Pulumi's language host. Elsewhere, in a unit test or an inline program, the provider's folder is another one.
  if (isKnown || !process.env.PULUMI_NODEJS_MONITOR) return;
  try {
    createRequire(join(folder, "index.js")).resolve(`${name}/provider`);
    isKnown = true;
  } catch {
    throw new RunError(
      `${what}: Pulumi runs the package "${name}" from the program's folder, and it is not to be found from ${folder}. Add it to the dependencies of the program's own package.json, also where only a library uses it: "npm install ${name}" or "pnpm add ${name}".`,
    );
  }
}
