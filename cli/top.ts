import { type Overview, overview } from "../provider/nim/overview.ts";
import { type Command, readArgs, UsageError } from "./command.ts";
import { type Nim, openNim } from "./nim.ts";
import { counted, endWithOutput, inOneLine, shortened, table } from "./output.ts";
import { readWhere, whereHelp, whereOptions } from "./stackConfig.ts";

/** `pulumi-nginx-nsx top`: the fleet at a glance. */
export const top: Command = { summary: "shows systems, instances, and what needs a hand soon", help, run };

/** Seconds between two looks: less has NIM's rate limit work for one screen alone. */
const interval = { usual: 5, least: 1, most: 3_600 };

function help(): string {
  return `Usage: pulumi-nginx-nsx top [options]

Shows the systems and instances of NGINX Instance Manager, certificates that expire within 30 days, and instances whose
config is not their group's. It reads, and never writes. In a terminal it looks again and again until q or Ctrl-C;
where its output goes elsewhere it prints once. Ends with 0, with 1 when NIM could not be asked, with 2 when the command
line is wrong.

  --interval <s>      seconds between two looks, from ${interval.least} to ${interval.most}; default: ${interval.usual}
  --json              once, as JSON
${whereHelp}`;
}

async function run(args: string[]): Promise<number> {
  const { seconds, isJson, where } = readOptions(args);
  endWithOutput();
  const nim = await openNim(where);
  const { stdout } = process;
  if (!isJson && stdout.isTTY && process.env.TERM !== "dumb") return watch(nim, seconds);
  const seen = await look(nim);
  stdout.write(isJson ? `${JSON.stringify(seen, null, 2)}\n` : `${report(seen).join("\n")}\n`);
  return 0;
}

async function look(nim: Nim): Promise<Overview> {
  try {
    return nim.clean(await overview({ client: nim.client(), isFresh: true }, nim.reason));
  } catch (error) {
    throw new Error(nim.reason(error));
  }
}

function readOptions(args: string[]) {
  const values = readArgs("top", args, { ...whereOptions, interval: { type: "string" }, json: { type: "boolean" } });
  const { interval: text = String(interval.usual), json: isJson = false, ...where } = values;
  const seconds = Number(text.trim() || "?");
  if (!(seconds >= interval.least && seconds <= interval.most)) {
    throw new UsageError(`--interval cannot be "${text}"; it takes ${interval.least} to ${interval.most} seconds`);
  }
  return { seconds, isJson, where: readWhere(where) };
}

/** What NIM does not tell. */
const none = "–";

function report({ at, systems, expiringCertificates, notTold }: Overview): string[] {
  const instances = systems.flatMap((system) => system.instances.map((instance) => ({ system, instance })));
  const rows = systems.flatMap(({ hostname, instances: own }) =>
    own.length === 0
      ? [[shortened(hostname), "no instance", "", "", "", "", ""]]
      : own.map((instance, index) => [
          index === 0 ? shortened(hostname) : "",
          shortened(instance.displayName),
          `${instance.version || none}${instance.isPlus ? " Plus" : ""}`,
          instance.state || none,
          instance.requestsPerSecond === null ? none : instance.requestsPerSecond.toFixed(1),
          shortened(instance.instanceGroup?.name ?? none),
          instance.isInStep === null ? none : instance.isInStep ? "in step" : "OUT OF STEP",
        ]),
  );
  const strays = instances.filter(({ instance }) => instance.isInStep === false);
  return [
    `${counted(systems.length, "system")}, ${counted(instances.length, "instance")}, ${strays.length} out of step with their group; ${at.slice(0, 19)}Z`,
    "",
    ...table(["SYSTEM", "INSTANCE", "NGINX", "STATE", "REQ/S", "GROUP", "CONFIG"], rows),
    "",
    ...(expiringCertificates.length === 0
      ? notTold.some(({ what }) => what === "certificates")
        ? []
        : ["No certificate expires within 30 days."]
      : table(
          ["CERTIFICATE", "EXPIRES", "IN", "ASSIGNED TO"],
          expiringCertificates.map(({ name, notAfter, daysLeft, assignedTo }) => [
            shortened(name),
            notAfter.slice(0, 10),
            daysLeft < 0 ? "EXPIRED" : counted(daysLeft, "day"),
            assignedTo === 0 ? "nothing" : counted(assignedTo, "place"),
          ]),
        )),
    ...notTold.map(({ what, why }) => `Not told: ${what}. ${inOneLine(why)}`),
  ];
}

const screen = {
  /** A page of its own, so that what was there before comes back. */
  open: "\u001b[?1049h\u001b[?25l",
  close: "\u001b[?25h\u001b[?1049l",
  home: "\u001b[H",
  /** The rest of a line, and all below. */
  clearLine: "\u001b[K",
  clearBelow: "\u001b[J",
};

/** In raw mode Ctrl-C comes as a key. */
const endingKeys = ["q", "Q", "\u0003"];

/** Looks again and again until somebody ends it. */
async function watch(nim: Nim, seconds: number): Promise<number> {
  const { stdin, stdout } = process;
  let lines: string[] | undefined;
  let problem = "";

  function draw(): void {
    // A terminal that does not know its size has 0.
    const [rows, columns] = [stdout.rows || 24, stdout.columns || 80];
    const foot = problem || `Every ${seconds} s; q ends.`;
    const room = Math.max(rows - 2, 1);
    const known = lines ?? ["Asking NGINX Instance Manager …"];
    const more = `… and ${known.length - room + 1} lines more: a larger terminal shows them, and --json all`;
    const visible = known.length > room ? [...known.slice(0, room - 1), more] : known;
    const all = [...visible, "", foot].slice(-rows).map((line) => line.slice(0, columns) + screen.clearLine);
    stdout.write(screen.home + all.join("\r\n") + screen.clearBelow);
  }

  function leave(): void {
    if (stdin.isTTY) stdin.setRawMode(false);
    // Whoever listens to keys keeps the process alive.
    stdin.pause();
    stdout.write(screen.close);
  }

  function end(code: number): void {
    leave();
    // What is under way would be waited for.
    process.exit(code);
  }

  process.once("SIGINT", () => end(0));
  process.once("SIGTERM", () => end(143));
  process.once("SIGHUP", () => end(129));
  stdout.write(screen.open);
  stdout.on("resize", draw);
  if (stdin.isTTY) {
    stdin.setRawMode(true);
    stdin.on("data", (keys) => {
      if ([...String(keys)].some((key) => endingKeys.includes(key))) end(0);
    });
  }
  for (;;) {
    draw();
    if (lines) await new Promise((done) => setTimeout(done, seconds * 1_000));
    try {
      lines = report(await look(nim));
      problem = "";
    } catch (error) {
      if (!lines) {
        leave();
        throw error;
      }
      problem = `What is shown is older: ${(error as Error).message}`;
    }
  }
}
