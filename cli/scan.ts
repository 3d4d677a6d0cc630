import { QueryError } from "../provider/core/query.ts";
import { scannedServers } from "../provider/nim/analyticsQueries.ts";
import type { QueriedServer } from "../provider/nim/queryTypes.ts";
import {
  type FoundServer,
  type Network,
  type Ports,
  readNetworks,
  readPorts,
  type ScanAnswer,
  scanNetwork,
  serversIn,
  whyTooWide,
  withoutResult,
} from "../provider/nim/scan.ts";
import { type Command, readArgs, UsageError } from "./command.ts";
import { type Nim, openNim } from "./nim.ts";
import { counted, endWithOutput, table } from "./output.ts";
import { readWhere, type Where, whereHelp, whereOptions } from "./stackConfig.ts";

/** `pulumi-nginx-nsx scan`: has NIM look for nginx on the network. */
export const scan: Command = { summary: "has NIM look for nginx on the network", help, run };

const policy = {
  /** Milliseconds between two words on progress, in a terminal and elsewhere. */
  terminal: 1_000,
  elsewhere: 10_000,
};

const discoveries = ["icmp", "none"] as const;
type Discovery = (typeof discoveries)[number];

function help(): string {
  return `Usage: pulumi-nginx-nsx scan --cidr <network> [options]

Has NGINX Instance Manager scan networks for nginx, and lists what is there, managed by it or not. The scan goes out from
NIM's host, not from this machine. Ends with 0 when NIM has answered, with 1 when it could not be asked, with 2 when the
command line is wrong: then nothing was sent. Ctrl-C ends it with 130, and NIM may still be scanning.

  --cidr <network>    10.0.0.0/24, or one address; give it again for each further one
  --ports <ports>     ports and ranges with commas, such as 80,443,8000-8100; default: 80,443
  --discovery <how>   icmp: only hosts that answer a ping; none: all addresses; default: icmp
  --yes-all           also networks wider than a /20
  --json              what was found as JSON
${whereHelp}`;
}

interface Asked {
  readonly networks: readonly Network[];
  readonly ports: readonly Ports[];
  readonly discovery: Discovery;
  readonly isJson: boolean;
  readonly where: Where;
}

async function run(args: string[]): Promise<number> {
  const { networks, ports, discovery, isJson, where } = readOptions(args);
  let isSent = false;
  for (const [signal, code] of [["SIGINT", 130] as const, ["SIGTERM", 143] as const]) {
    process.once(signal, () => {
      const left = isSent
        ? "NIM may still be scanning: nothing is known by which it could be stopped."
        : "Nothing was sent.";
      process.stderr.write(`\nEnded. ${left}\n`);
      // What is under way would be waited for.
      process.exit(code);
    });
  }
  endWithOutput();
  const nim = await openNim(where);
  const answers: ScanAnswer[] = [];
  for (const network of networks) {
    isSent = true;
    answers.push(await scanOne(nim, network, ports, discovery));
  }
  let servers: FoundServer[];
  try {
    servers = nim.clean(serversIn(await nim.ask<QueriedServer[]>(scannedServers), networks, ports));
  } catch (error) {
    throw new Error(`NIM has scanned, and what it found could not be read: ${nim.reason(error)}`);
  }
  if (isJson) {
    const scans = networks.map(({ cidr }, index) => ({ cidr, ...answerOf(answers[index]) }));
    process.stdout.write(`${JSON.stringify({ scans, servers }, null, 2)}\n`);
  } else {
    process.stdout.write(`${report(servers).join("\n")}\n`);
  }
  return 0;
}

const answerOf = ({ isComplete = false, percentageComplete }: Partial<ScanAnswer> = {}) => ({
  isComplete,
  percentageComplete: percentageComplete ?? null,
});

function readOptions(args: string[]): Asked {
  const {
    ports: portsText = "80,443",
    discovery: how = "icmp",
    ...values
  } = readArgs("scan", args, {
    ...whereOptions,
    cidr: { type: "string", multiple: true },
    ports: { type: "string" },
    discovery: { type: "string" },
    "yes-all": { type: "boolean" },
    json: { type: "boolean" },
  });
  const networks = understood("--cidr", () => readNetworks(values.cidr ?? []));
  const ports = understood("--ports", () => readPorts(portsText.split(",").map((text) => text.trim())));
  const discovery = discoveries.find((each) => each === how);
  if (!discovery) throw new UsageError(`--discovery cannot be "${how}"; it takes ${discoveries.join(" or ")}`);
  const wide = whyTooWide(networks);
  if (wide && !values["yes-all"]) throw new UsageError(`${wide}; --yes-all scans them all. Nothing was sent`);
  return {
    networks,
    ports,
    discovery,
    isJson: values.json === true,
    where: readWhere(values),
  };
}

function understood<T>(option: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof QueryError) throw new UsageError(`${option}: ${error.message}. Nothing was sent`);
    throw error;
  }
}

/** With words on its progress on stderr, where they are in nobody's way. */
async function scanOne(nim: Nim, network: Network, ports: readonly Ports[], discovery: Discovery): Promise<ScanAnswer> {
  const { stderr } = process;
  const what = `${network.cidr} (${network.size.toLocaleString("en")} ${network.size === 1 ? "address" : "addresses"}, ports ${ports.map(({ text }) => text).join(", ")})`;
  const began = performance.now();
  const say = (text: string) => stderr.write(stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
  const seconds = () => `${Math.round((performance.now() - began) / 1_000)} s`;
  say(`Scanning ${what} …`);
  const ticking = setInterval(
    () => say(`Scanning ${what} … ${seconds()}`),
    stderr.isTTY ? policy.terminal : policy.elsewhere,
  );
  try {
    const answer = await scanNetwork(nim.client(), network, ports, discovery);
    const { isComplete, percentageComplete } = answer;
    const far = percentageComplete === undefined ? "before it was done" : `at ${percentageComplete} %`;
    say(
      isComplete
        ? `Scanned ${what} in ${seconds()}.`
        : `NIM has answered ${far} of ${what}, and scans on: shown is what it has found so far.`,
    );
    return answer;
  } catch (error) {
    throw withoutResult(network, error, nim.reason(error));
  } finally {
    clearInterval(ticking);
    if (stderr.isTTY) stderr.write("\n");
  }
}

const managed = (isManaged: boolean | null) => (isManaged === null ? "not told" : isManaged ? "yes" : "NO");

function report(servers: readonly FoundServer[]): string[] {
  if (servers.length === 0) return ["No server was found there."];
  const rows = servers.map(({ ip, port, server, version, isManaged }) => [
    ip,
    String(port),
    server,
    version,
    managed(isManaged),
  ]);
  const unmanaged = servers.filter(({ isManaged }) => isManaged === false).length;
  const isTold = servers.some(({ isManaged }) => isManaged !== null);
  return [
    ...table(["IP", "PORT", "SERVER", "VERSION", "MANAGED"], rows),
    "",
    `${counted(servers.length, "server")} found, ${isTold ? `${unmanaged} of them not managed by NIM` : "and this NIM does not tell which of them it manages"}.`,
  ];
}
