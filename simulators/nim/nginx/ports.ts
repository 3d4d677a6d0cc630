import { createServer } from "node:net";
import { join } from "node:path";

/**
 * The addresses that configurations listen on and the loopback ones that stand for them. An address keeps its port as
 * long as the simulator lives, so that a page stays under its URL.
 */
export interface Ports {
  /** Takes a free port for each address that has none yet. */
  reserve(addresses: string[]): Promise<void>;
  /** The address to listen on instead; undefined for one that nobody here can tell what nginx would make of. */
  listen(address: string): string | undefined;
  /** The loopback port that stands for a port on all of a machine's addresses. */
  portFor(port: number): number | undefined;
  /** Puts the configuration's own addresses back into nginx's messages. */
  restore(message: string): string;
  sockets(): string[];
}

const taken = new Set<number>();

export function createPorts(socketFolder: string): Ports {
  const given = new Map<string, string>();

  const listen = (address: string) => given.get(canonical(address) ?? "") ?? (isRefused(address) ? address : undefined);
  return {
    reserve: async (addresses) => {
      for (const address of addresses) {
        const wanted = canonical(address);
        if (wanted === undefined || given.has(wanted)) continue;
        // IPv6 may be missing on a machine, and loopback has only one address there, so a socket stands for it.
        const isSocket = wanted.startsWith("unix:") || wanted.startsWith("[");
        const socket = `unix:${join(socketFolder, `l${given.size}`)}`;
        given.set(wanted, isSocket ? socket : `127.0.0.1:${await freePort()}`);
      }
    },
    listen,
    portFor: (port) => {
      const address = given.get(`0.0.0.0:${port}`);
      return address === undefined ? undefined : Number(address.split(":")[1]);
    },
    restore: (message) => {
      let text = message;
      for (const [wanted, actual] of given) text = text.replaceAll(actual, wanted);
      return text;
    },
    sockets: () =>
      [...given.values()].filter((address) => address.startsWith("unix:")).map((address) => address.slice(5)),
  };
}

/** `80`, `*:80` and `0.0.0.0:80` are one address, and of a range it is the first one. */
function canonical(address: string): string | undefined {
  if (/^unix:/i.test(address)) return `unix:${address.slice(5)}`;
  const match = /^(?:(\d+)(?:-\d+)?|(\*|[\w.-]+|\[[\da-fA-F:.]+\])(?::(\d+)(?:-\d+)?)?)$/.exec(address);
  if (!match) return undefined;
  const port = Number(match[1] ?? match[3] ?? 80);
  if (port < 1 || port > 65535) return undefined;
  const host = match[2] ?? "*";
  return `${host === "*" ? "0.0.0.0" : host}:${port}`;
}

/** A port that there is not: nginx says so best itself. */
const isRefused = (address: string) => /^(?:[\w.*-]+:)?\d+$/.test(address) && canonical(address) === undefined;

/**
 * Below the ports that systems give to outgoing connections and to listeners on port 0: a port may stay unused for long
 * until a configuration listens on it, and must still be free then.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (taken.has(port)) continue;
    taken.add(port);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
