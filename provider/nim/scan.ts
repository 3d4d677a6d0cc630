// A scan of the network for servers that nobody manages yet: something that NIM does, and no object that it keeps.
import { BlockList, isIPv4 } from "node:net";
import { z } from "zod";
import { QueryError } from "../core/query.ts";
import { ApiError, ConnectionError, LoginError } from "../travel/errors.ts";
import { type NimClient, understoodAt } from "./client.ts";
import type { QueriedServer } from "./queryTypes.ts";

/** A range of IPv4 addresses, which are all that NIM's documentation shows. */
export interface Network {
  /** As NIM takes it: `10.0.0.0/24`. */
  readonly cidr: string;
  readonly first: number;
  /** How many addresses. */
  readonly size: number;
}

/** Those from the first port to the last one. */
export interface Ports {
  /** As NIM takes it: `80` or `8000-8100`. */
  readonly text: string;
  readonly first: number;
  readonly last: number;
}

const numberOf = (ip: string) => ip.split(".").reduce((all, part) => all * 256 + Number(part), 0);
const addressOf = (number: number) => [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join(".");

/** @throws a {@link QueryError} for none, for what is no network, and for addresses that are in two of them */
export function readNetworks(texts: readonly string[]): Network[] {
  if (texts.length === 0) throw new QueryError("no network is named, such as 10.0.0.0/24");
  const networks = texts.map(readNetwork);
  expectApart(networks.map(({ cidr, first, size }) => ({ text: cidr, first, last: first + size - 1 })));
  return networks;
}

function readNetwork(text: string): Network {
  const [, ip = "", bits = "32"] = /^([^/]*)(?:\/(\d\d?))?$/.exec(text) ?? [];
  if (!isIPv4(ip) || Number(bits) > 32) {
    throw new QueryError(`"${text}" is no IPv4 network such as 10.0.0.0/24, and no address`);
  }
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(numberOf(ip) / size) * size;
  const cidr = `${addressOf(first)}/${Number(bits)}`;
  // Whoever writes this may mean one address as well as all of its network.
  if (first !== numberOf(ip)) throw new QueryError(`"${text}" is an address inside of ${cidr}; give ${cidr} or ${ip}`);
  return { cidr, first, size };
}

/** @throws a {@link QueryError} for none, for what is no port, and for ports that are given twice */
export function readPorts(texts: readonly string[]): Ports[] {
  const all = texts.map((text) => {
    const [, first = "", last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
    const range = { text: text.replaceAll(/\b0+(?=\d)/g, ""), first: Number(first), last: Number(last) };
    if (first === "" || range.first < 1 || range.last > 65_535 || range.first > range.last) {
      throw new QueryError(`"${text}" is no port from 1 to 65535, and no range such as 8000-8100`);
    }
    return range;
  });
  expectApart(all);
  return all;
}

function expectApart(ranges: readonly { text: string; first: number; last: number }[]): void {
  ranges.forEach((range, index) => {
    const twin = ranges.slice(0, index).find(({ first, last }) => first <= range.last && range.first <= last);
    if (!twin) return;
    throw new QueryError(
      twin.text === range.text ? `${range.text} is given twice` : `${twin.text} and ${range.text} overlap`,
    );
  });
}

const answered = z.looseObject({
  percentageComplete: z.number().nullish().catch(undefined),
  status: z.string().nullish().catch(undefined),
});

/** How far NIM was when it answered. */
export interface ScanAnswer {
  readonly isComplete: boolean;
  /** `undefined` where NIM does not tell. */
  readonly percentageComplete: number | undefined;
}

/** Addresses of a /20: more than that is rarely meant, takes long, and looks like an attack to whoever watches. */
const unasked = 4_096;

/** Why somebody has to say that networks as wide as these are meant; `undefined` where none is. */
export function whyTooWide(networks: readonly Network[]): string | undefined {
  const wide = networks.find(({ size }) => size > unasked);
  return wide && `${wide.cidr} has ${count(wide.size)} addresses, more than a /20 (${count(unasked)})`;
}

const count = (number: number) => number.toLocaleString("en");

/** What is to be said of a scan that has failed. Where the request was begun, also behind a 502 or 504, it may run. */
export function withoutResult({ cidr }: Network, error: unknown, reason: string): Error {
  const isRefused =
    error instanceof ConnectionError
      ? !error.mayHaveArrived
      : error instanceof LoginError || (error instanceof ApiError && error.status < 500);
  const left = isRefused ? "" : ", and NIM may still be scanning";
  return new Error(`The scan of ${cidr} has no result${left}: ${reason}`, { cause: error });
}

/** Has NIM scan, and waits for its answer; nothing public says how to ask for more, or how to stop it. */
export async function scanNetwork(
  client: NimClient,
  network: Network,
  ports: readonly Ports[],
  hostDiscovery: "icmp" | "none",
): Promise<ScanAnswer> {
  const body = { cidr: network.cidr, hostDiscovery, portRanges: ports.map(({ text }) => text) };
  const { percentageComplete, status } = understoodAt(
    "/servers/scan",
    await client.post("/servers/scan", body),
    answered,
  );
  const percentage = percentageComplete ?? undefined;
  const isComplete = percentage === undefined ? (status ?? "complete") === "complete" : percentage >= 100;
  return { isComplete, percentageComplete: percentage };
}

/** A server at one of the addresses where it answers. */
export interface FoundServer {
  readonly ip: string;
  readonly port: number;
  readonly server: string;
  readonly version: string;
  /** `null` where NIM does not tell. */
  readonly isManaged: boolean | null;
}

/** Of all servers that NIM knows from scans, those that answer there, and where: by address and port. */
export function serversAt(
  all: readonly QueriedServer[],
  networks: readonly Network[],
  ports: readonly Ports[],
): QueriedServer[] {
  const meant = new BlockList();
  for (const { cidr } of networks) {
    const [ip = "", bits] = cidr.split("/");
    meant.addSubnet(ip, Number(bits));
  }
  const isMeant = ({ ip, port }: Place) =>
    isIPv4(ip) && meant.check(ip) && ports.some(({ first, last }) => first <= port && port <= last);
  const firstOf = ({ network: [first] }: QueriedServer): Place => first ?? { ip: "", port: 0 };
  return all
    .map((server) => ({ ...server, network: server.network.filter(isMeant).sort(byPlace) }))
    .filter(({ network }) => network.length > 0)
    .sort((a, b) => byPlace(firstOf(a), firstOf(b)));
}

type Place = QueriedServer["network"][number];

const byPlace = (a: Place, b: Place) => numberOf(a.ip) - numberOf(b.ip) || a.port - b.port;

/** The same, a line for each place at which a server answers. */
export function serversIn(
  all: readonly QueriedServer[],
  networks: readonly Network[],
  ports: readonly Ports[],
): FoundServer[] {
  return serversAt(all, networks, ports)
    .flatMap(({ network, serverApplication: server, version, isManaged = null }) =>
      network.map(({ ip, port }) => ({ ip, port, server, version, isManaged })),
    )
    .sort(byPlace);
}
