import { isIPv4, isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { canonical, comparedAs } from "../core/shape.ts";
import { sentText } from "../travel/json.ts";

/** An address as a number, so that ranges and networks can be compared. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

export interface Network {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
  readonly prefix: number;
}

/** `undefined` for whatever is not one address: then the format's own check says so. */
export function parseAddress(value: unknown): Address | undefined {
  const text = addressText(value);
  if (text === undefined) return undefined;
  const parsed = ipaddr.parse(text);
  const number = parsed.toByteArray().reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return { family: parsed.kind() === "ipv4" ? 4 : 6, value: number };
}

/** The longest address is `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`; what is longer is not looked at. */
const longestAddress = 45;

function addressText(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > longestAddress) return undefined;
  // A zone (fe80::1%eth0) is a matter of one host, and none of NSX's formats has it. ::1.2.3.4 has long been deprecated
  // (RFC 4291), and ipaddr.js makes another address of it.
  return isIPv4(value) || (isIPv6(value) && !/%|^::\d+\./.test(value)) ? value : undefined;
}

/** `10.1.0.1/24` as address and network. */
export function parseCidr(value: unknown): { address: Address; network: Network } | undefined {
  const parts = cidrIn(value);
  const address = parseAddress(parts?.host);
  if (!parts || !address) return undefined;
  const { bits, prefix } = parts;
  const size = 1n << BigInt(bits - prefix);
  const first = (address.value / size) * size;
  return { address, network: { family: address.family, first, last: first + size - 1n, prefix } };
}

function cidrIn(value: unknown): { host: string; bits: number; prefix: number } | undefined {
  const [given, length = "", ...more] = typeof value === "string" ? value.split("/", 3) : [];
  const host = addressText(given);
  if (host === undefined || more.length > 0 || !/^\d{1,3}$/.test(length)) return undefined;
  const [bits, prefix] = [isIPv4(host) ? 32 : 128, Number(length)];
  return prefix > bits ? undefined : { host, bits, prefix };
}

/** An address, a block or a range, as first and last address. */
export function parseRange(value: unknown): { first: Address; last: Address } | undefined {
  const cidr = parseCidr(value);
  if (cidr) {
    const { family, first, last } = cidr.network;
    return { first: { family, value: first }, last: { family, value: last } };
  }
  const [from, to = from, ...more] = typeof value === "string" ? value.split("-", 3).map((part) => part.trim()) : [];
  const [first, last] = [parseAddress(from), parseAddress(to)];
  return first && last && first.family === last.family && more.length === 0 ? { first, last } : undefined;
}

export function contains(network: Network, address: Address): boolean {
  return address.family === network.family && address.value >= network.first && address.value <= network.last;
}

// Forms in which two notations of one value are equal. They also get what a server or a preview puts in a value's place:
// what is not of the format comes back as it is.

/** One notation for an address, a block or a range: `2001:DB8::0:1/64` is `2001:db8::1/64`. */
export function addressForm<T>(value: T): T {
  if (typeof value !== "string") return value;
  // Four numbers without zeros before them are the only notation that there is.
  if (isIPv4(value)) return value;
  if (parseAddress(value)) return ipaddr.parse(value).toString() as T & string;
  const cidr = cidrIn(value);
  if (cidr) return `${addressForm(cidr.host)}/${cidr.prefix}` as T & string;
  if (!parseRange(value)) return value;
  return value
    .split("-")
    .map((part) => addressForm(part.trim()))
    .join("-") as T & string;
}

/** An address, a block and a range of the same first and last address are the same. */
export function rangeForm<T>(value: T): T {
  const range = parseRange(value);
  return (range ? `${range.first.family}:${range.first.value}-${range.last.value}` : value) as T;
}

/** One notation for a MAC address: "separated by either colons or dashes. Case is not significant". */
export function macForm<T>(value: T): T {
  return isMac(value) ? (value.toLowerCase().replaceAll("-", ":") as T & string) : value;
}

function isMac(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{2}([:-])([0-9a-f]{2}\1){4}[0-9a-f]{2}$/i.test(value);
}

/** A path without the slash at its end, for NSX answers with none. */
export function pathForm<T>(value: T): T {
  if (typeof value !== "string" || !value.startsWith("/")) return value;
  let end = value.length;
  while (end > 1 && value[end - 1] === "/") end -= 1;
  return value.slice(0, end) as T & string;
}

/**
 * A path under a layer 2 VPN service without the locale services between it and its gateway: NSX takes both forms, and
 * may answer with the other one (ReadInfraSegment).
 */
export function vpnPathForm<T>(value: T): T {
  const path = pathForm(value);
  if (typeof path !== "string") return path;
  const parts = path.split("/");
  const at = parts.findIndex((part, index) => part === "locale-services" && parts[index + 2] === "l2vpn-services");
  return (at < 0 ? path : parts.toSpliced(at, 2).join("/")) as T & string;
}

/** Text as NSX keeps it: without white space at its ends. */
export function trimmedForm<T>(value: T): T {
  return typeof value === "string" ? (value.trim() as T & string) : value;
}

export const ipAddress = canonical(
  z
    .string()
    .refine((text) => parseAddress(text) !== undefined, "must be an IP address, such as 10.1.0.10 or 2001:db8::10"),
  addressForm,
);

const cidrText = z
  .string()
  .refine(
    (text) => parseCidr(text) !== undefined,
    "must be an address with its prefix length, such as 10.1.0.0/24 or 2001:db8::/64",
  );

export const cidr = canonical(cidrText, addressForm);

export const cidrOrAddress = comparedAs(z.union([cidr, ipAddress]), addressForm);

/** An address of a host together with the length of its network's prefix, such as a gateway's. */
export const hostCidr = canonical(
  cidrText.refine((text) => {
    const parsed = parseCidr(text);
    if (!parsed) return true;
    const { address, network } = parsed;
    if (network.last - network.first < 2n) return true;
    const isBroadcast = address.family === 4 && address.value === network.last;
    return address.value !== network.first && !isBroadcast;
  }, "must be the address of a host in its network, such as 10.1.0.1/24, not the network's own or its broadcast address"),
  addressForm,
);

export const addressBlockOrRange = comparedAs(
  canonical(
    z
      .string()
      .refine(
        (text) => parseRange(text) !== undefined,
        "must be an address, a block such as 10.1.0.64/26, or a range such as 10.1.0.100-10.1.0.200",
      )
      .refine((text) => {
        const range = parseRange(text);
        return !range || range.first.value <= range.last.value;
      }, "must start with the lower address"),
    addressForm,
  ),
  rangeForm,
);

/** "each N or N-M, 0..4094" (Segment.vlan_ids). */
export const vlanIdOrRange = z.string().refine((text) => {
  const match = /^(0|[1-9]\d{0,3})(?:-(0|[1-9]\d{0,3}))?$/.exec(text);
  if (!match) return false;
  const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
  return to <= 4094 && (match[2] === undefined || from < to);
}, "must be a VLAN id from 0 to 4094, without leading zeros, or an ascending range such as 100-120");

export const macAddress = canonical(
  z.string().refine(isMac, "must be a MAC address, such as 20:f3:75:5e:47:f0"),
  macForm,
);

/** The parts of a path; `undefined` when it is none, or would lead elsewhere once a client or a proxy has tidied it up. */
function partsOf(text: string): string[] | undefined {
  if (!text.startsWith("/") || /[\s?#\\\p{Cc}]/u.test(text)) return undefined;
  const parts = text.slice(1, text.endsWith("/") ? -1 : undefined).split("/");
  return parts.every((part) => !["", ".", ".."].includes(part)) ? parts : undefined;
}

const pathText = sentText.refine(
  (text) => partsOf(text) !== undefined,
  "must be the path of a policy object, such as /infra/tier-1s/web, without . or .. or empty parts",
);

/** The path of a policy object. */
export const policyPath = canonical(pathText, pathForm);

/** The path of a layer 2 VPN session. It is sent as it was written: which of its two forms a release wants is its own. */
export const vpnSessionPath = comparedAs(canonical(pathText, pathForm), vpnPathForm);

export const tier1Path = canonical(
  pathText.refine((text) => {
    const parts = partsOf(text);
    return !parts || (parts.length > 2 && parts.at(-2) === "tier-1s");
  }, "must be the path of a tier-1 gateway, such as /infra/tier-1s/web"),
  pathForm,
);

export const projectPath = canonical(
  pathText.refine((text) => {
    const parts = partsOf(text);
    return !parts || (parts.length === 4 && parts[0] === "orgs" && parts[2] === "projects");
  }, "must be the path of a project, such as /orgs/default/projects/shop"),
  pathForm,
);

/** "any character except ; | = , ~ @" (guide: "Restrictions on Certain Fields in a Layer 2 Switching Payload"). */
export const layer2Name = comparedAs(
  sentText
    .min(1)
    .max(255)
    .regex(/^[^;|=,~@]*$/, "must not contain any of ; | = , ~ @, which NSX does not allow in names of layer 2 objects"),
  trimmedForm,
);

/** An id that an object of NSX may have: a part of the object's path, and not one that leads elsewhere. */
export const objectId = sentText
  .min(1)
  .max(1024)
  .refine(
    (text) => text !== "." && text !== ".." && !/[/\\\p{Cc}]/u.test(text),
    "must be neither . nor .. and hold neither / nor \\ nor control characters, because it is part of a path",
  );

/** What is wrong with an id that an object is to be given, which all of NSX's own clients can work with. */
export function wrongInNewId(id: string): string | undefined {
  if (id.length > 255) return "must have at most 255 characters";
  return /^[^\P{ASCII}\p{Cc}\s&?#%;|=,~@]*$/u.test(id)
    ? undefined
    : "must be printable ASCII without white space or any of & ? # % ; | = , ~ @, because it is part of a path";
}
