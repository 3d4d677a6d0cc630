import { checkNim } from "../provider/nim/selfCheck.ts";
import { checkNsx } from "../provider/nsx/selfCheck.ts";
import { wayOut } from "../provider/pulumi/wayOut.ts";
import { systemClock } from "../provider/travel/clock.ts";
import { type Finding, finding as findingForm, sayOf } from "../provider/travel/finding.ts";
import { proxySecrets } from "../provider/travel/proxies.ts";
import { createSecrets } from "../provider/travel/redaction.ts";
import type { CheckWorld } from "../provider/travel/selfCheck.ts";
import { undiciTransport } from "../provider/travel/transport.ts";
import { type Command, readArgs, UsageError } from "./command.ts";
import { counted, endWithOutput, inOneLine } from "./output.ts";
import { checkProgram } from "./preview.ts";
import { readStackConfig, readWhere, type Where, whereHelp, whereOptions } from "./stackConfig.ts";

/** `pulumi-nginx-nsx check`: whether the systems configured here can be used, one line a finding. */
export const check: Command = { summary: "tells whether the systems configured here can be used", help, run };

const formats = ["text", "json"];

function help(): string {
  return `Usage: pulumi-nginx-nsx check [options]

Looks whether NSX and NGINX Instance Manager, as the stack and the environment configure them, can be used, and whether
the program in this folder would fail before anything is sent. It reads, and never writes; sessions are ended.
Each line is ok, warning or error, and says what to do next. Ends with 0 when there is no error, with 1 otherwise.

${whereHelp}
  --format <format>   text, or json: an array of {system, part, level, text, next}; default: text`;
}

async function run(args: string[]): Promise<number> {
  const { stack, cwd, format } = readOptions(args);
  endWithOutput();
  const secrets = createSecrets();
  proxySecrets(process.env).forEach(secrets.keep);
  const out = wayOut({ warn: () => {}, progress: () => {} }, secrets);
  const found: Finding[] = [];
  const report = (finding: Finding) => {
    const cleaned = findingForm.parse({
      ...finding,
      text: inOneLine(out.text(finding.text)),
      ...("next" in finding && finding.next !== undefined ? { next: inOneLine(out.text(finding.next)) } : {}),
    });
    found.push(cleaned);
    if (format === "text") process.stdout.write(`${lineOf(cleaned)}\n`);
  };

  const configured = await readStackConfig(cwd, stack);
  configured.secrets.forEach(secrets.keep);
  const say = sayOf("stack", report);
  if (configured.unread === undefined) {
    say.ok("settings", "Settings are those of the stack and of the environment.");
  } else if (stack !== undefined) {
    say.error("settings", `The stack "${stack}" cannot be read: ${configured.unread}.`, "See --stack and --cwd.");
  } else {
    say.warning("settings", `Settings are those of the environment alone: ${configured.unread}.`);
  }

  const world: CheckWorld = {
    config: (key) => configured.values[key],
    environment: process.env,
    clock: systemClock,
    open: (system, options) =>
      undiciTransport(options.endpoint, { ...options, system }, options.maxConcurrency, process.env),
    keepSecret: secrets.keep,
    report,
  };
  const isNsx = await checkNsx(world);
  const isNim = await checkNim(world);
  if (!isNsx && !isNim) {
    const next =
      'Set nsx:endpoint or nim:endpoint with "pulumi config set", or NSX_ENDPOINT or NIM_ENDPOINT in the environment.';
    say.error("settings", "Neither NSX nor NGINX Instance Manager is configured here.", next);
  } else {
    if (!isNsx) sayOf("nsx", report).ok("settings", "Not configured, and not looked at.");
    if (!isNim) sayOf("nim", report).ok("settings", "Not configured, and not looked at.");
  }
  if (configured.unread === undefined) await checkProgram(sayOf("program", report), cwd, stack);

  if (format === "json") process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
  const count = (level: Finding["level"]) => found.filter((each) => each.level === level).length;
  if (format === "text")
    process.stdout.write(`${counted(count("error"), "error")}, ${counted(count("warning"), "warning")}\n`);
  return count("error") > 0 ? 1 : 0;
}

function readOptions(args: string[]): Where & { format: string } {
  const { format = "text", ...where } = readArgs("check", args, { ...whereOptions, format: { type: "string" } });
  if (!formats.includes(format))
    throw new UsageError(`--format cannot be "${format}"; it takes ${formats.join(" or ")}`);
  return { ...readWhere(where), format };
}

function lineOf(finding: Finding): string {
  const { level, system, part, text } = finding;
  const next = "next" in finding && finding.next !== undefined ? ` → ${finding.next}` : "";
  return `${level.padEnd(7)}  ${system.padEnd(7)}  ${part.padEnd(11)}  ${text}${next}`;
}
