import { isIPv4 } from "node:net";
import { z } from "zod";
import { json } from "../kit/index.ts";
import { badRequest } from "./errors.ts";
import type { Fleet } from "./fleet.ts";
import type { Lists } from "./lists.ts";
import type { Instance, Json, NimEnvironment, Routes } from "./types.ts";
import { validate } from "./validate.ts";

/** An nginx that answers on the network and has no agent. */
export interface StrayServer {
  ip: string;
  port: number;
  version?: string | undefined;
  /** Certificates and known weaknesses, as the answer has them. */
  certs?: Json[];
  cves?: Json[];
}

export interface Scan {
  routes: Routes;
  /** Starts one somewhere; the next scan that comes by there finds it. */
  place(server: StrayServer): void;
  reset(): void;
}

const scanRequest = z.strictObject({
  cidr: z.string(),
  hostDiscovery: z.enum(["none", "icmp"]).default("icmp"),
  portRanges: z.array(z.string()).default(["80", "443"]),
});

const portOfInstances = 80;

/** docs/nim.md#scans: a scan ends before it is answered, and what it found is kept. */
export function createScan({ clock, switches }: NimEnvironment, fleet: Fleet, lists: Lists): Scan {
  const placed: StrayServer[] = [];
  const found = new Map<string, Json>();

  /** Managed instances have addresses of the documentation's network. */
  const managed = (): (StrayServer & { instance: Instance })[] =>
    [...fleet.instances.values()]
      .filter(({ registered }) => registered)
      .map((instance) => ({ ip: addressOf(fleet, instance), port: portOfInstances, instance }));

  function view({ ip, port, version = "1.22.1", certs = [], cves = [] }: StrayServer, instance?: Instance): Json {
    const now = new Date(clock.now()).toISOString();
    const links = instance && switches.managedServers === "links" ? [{ rel: fleet.instancePath(instance) }] : [];
    return {
      certs,
      createTime: now,
      cves,
      links,
      network: [{ ip, port }],
      serverApplication: "nginx",
      updateTime: now,
      vendor: "NGINX, Inc.",
      version,
    };
  }

  return {
    place: (server) => placed.push(server),
    reset: () => {
      placed.length = 0;
      found.clear();
    },
    routes: {
      "GET /servers": ({ query }) => lists.answer(query, () => [...found.values()]),
      "POST /servers/scan": ({ body }) => {
        const request = validate(scanRequest, body, switches.unknownFields === "ignore");
        const isInNetwork = networkOf(request.cidr);
        const ranges = request.portRanges.map(rangeOf);
        const isMeant = ({ ip, port }: StrayServer) =>
          isInNetwork(ip) && ranges.some(([first, last]) => port >= first && port <= last);
        const all = [...managed(), ...placed.map((server) => ({ ...server, instance: undefined }))].filter(isMeant);
        for (const { instance, ...server } of all) found.set(`${server.ip}:${server.port}`, view(server, instance));
        return json(200, {
          completionTime: new Date(clock.now()).toISOString(),
          duration: 0,
          endpointsScanned: all.length,
          nginxFound: all.length,
          percentageComplete: 100,
          request,
          serversFound: all.length,
          status: "complete",
        });
      },
    },
  };
}

/** Where an instance answers, in a network that nobody has (RFC 5737). */
export function addressOf(fleet: Fleet, instance: Instance): string {
  return `192.0.2.${10 + [...fleet.instances.keys()].indexOf(instance.uid)}`;
}

function networkOf(cidr: string): (ip: string) => boolean {
  const [base = "", bits = ""] = cidr.split("/");
  if (!isIPv4(base) || !/^\d\d?$/.test(bits) || Number(bits) > 32) throw badRequest(`cidr "${cidr}" is no network`);
  const size = 2 ** (32 - Number(bits));
  return (ip) => Math.floor(numberOf(ip) / size) === Math.floor(numberOf(base) / size);
}

const numberOf = (ip: string) => ip.split(".").reduce((all, part) => all * 256 + Number(part), 0);

function rangeOf(text: string): readonly [number, number] {
  const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  if (first === undefined || Number(last) > 65_535) throw badRequest(`portRanges: "${text}" is no port or range`);
  return [Number(first), Number(last)];
}
