import { isIPv4 } from "node:net";
import ipaddr from "ipaddr.js";
import { z } from "zod";

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

/** `undefined` when the text is not one address: then the format's own check says so. */
export function parseAddress(text: string): Address | undefined {
  if (!isIPv4(text) && !ipaddr.IPv6.isValid(text)) return undefined;
  const parsed = ipaddr.parse(text);
  const value = parsed.toByteArray().reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return { family: parsed.kind() === "ipv4" ? 4 : 6, value };
}

/** `10.1.0.1/24` as address and network. */
export function parseCidr(text: string): { address: Address; network: Network } | undefined {
  const [host = "", length = ""] = text.split("/");
  const address = parseAddress(host);
  if (!address || !/^\d{1,3}$/.test(length)) return undefined;
  const bits = address.family === 4 ? 32 : 128;
  const prefix = Number(length);
  if (prefix > bits) return undefined;
  const size = 1n << BigInt(bits - prefix);
  const first = (address.value / size) * size;
  return { address, network: { family: address.family, first, last: first + size - 1n, prefix } };
}

/** An address, a block or a range, as first and last address. */
export function parseRange(text: string): { first: Address; last: Address } | undefined {
  const cidr = parseCidr(text);
  if (cidr) {
    const { family, first, last } = cidr.network;
    return { first: { family, value: first }, last: { family, value: last } };
  }
  const [from = "", to = from] = text.split("-");
  const [first, last] = [parseAddress(from.trim()), parseAddress(to.trim())];
  return first && last && first.family === last.family ? { first, last } : undefined;
}

export function contains(network: Network, address: Address): boolean {
  return address.family === network.family && address.value >= network.first && address.value <= network.last;
}

/** One notation for one address: `2001:DB8::0:1` is `2001:db8::1`. */
function canonicalAddress(text: string): string {
  return parseAddress(text) ? ipaddr.parse(text).toString() : text;
}

function canonicalCidr(text: string): string {
  const [host = "", length = ""] = text.split("/");
  return `${canonicalAddress(host)}/${Number(length)}`;
}

export const ipAddress = z
  .string()
  .refine((text) => parseAddress(text) !== undefined, "must be an IP address, such as 10.1.0.10 or 2001:db8::10")
  .transform(canonicalAddress);

export const cidr = z
  .string()
  .refine(
    (text) => parseCidr(text) !== undefined,
    "must be an address with its prefix length, such as 10.1.0.0/24 or 2001:db8::/64",
  )
  .transform(canonicalCidr);

/** An address of a host together with the length of its network's prefix, such as a gateway's. */
export const hostCidr = cidr.refine((text) => {
  const parsed = parseCidr(text);
  if (!parsed) return true;
  const { address, network } = parsed;
  if (network.last - network.first < 2n) return true;
  const isBroadcast = address.family === 4 && address.value === network.last;
  return address.value !== network.first && !isBroadcast;
}, "must be the address of a host in its network, such as 10.1.0.1/24, not the network's own or its broadcast address");

export const addressBlockOrRange = z
  .string()
  .refine(
    (text) => parseRange(text) !== undefined,
    "must be an address, a block such as 10.1.0.64/26, or a range such as 10.1.0.100-10.1.0.200",
  )
  .refine((text) => {
    const range = parseRange(text);
    return !range || range.first.value <= range.last.value;
  }, "must start with the lower address")
  .transform((text) =>
    text.includes("/")
      ? canonicalCidr(text)
      : text
          .split("-")
          .map((part) => canonicalAddress(part.trim()))
          .join("-"),
  );

/** "each N or N-M, 0..4094" (Segment.vlan_ids). */
export const vlanIdOrRange = z.string().refine((text) => {
  const match = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(text);
  if (!match) return false;
  const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
  return to <= 4094 && (match[2] === undefined || from < to);
}, "must be a VLAN id from 0 to 4094 or an ascending range such as 100-120");

export const macAddress = z
  .string()
  .regex(/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i, "must be a MAC address, such as 20:f3:75:5e:47:f0")
  .transform((text) => text.toLowerCase().replaceAll("-", ":"));

/** The path of a policy object. NSX answers with no slash at the end, so none is kept. */
export const policyPath = z
  .string()
  .regex(/^\/[^\s?#]+$/, "must be the path of a policy object, such as /infra/tier-1s/web")
  .transform((text) => text.replace(/\/+$/, ""));

/** "any character except ; | = , ~ @" (guide: "Restrictions on Certain Fields in a Layer 2 Switching Payload"). */
export const layer2Name = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^;|=,~@]*$/, "must not contain any of ; | = , ~ @, which NSX does not allow in names of layer 2 objects");

/** An id becomes a part of the object's path. */
export const objectId = z
  .string()
  .min(1)
  .max(255)
  .regex(
    /^[^/&?#%;|=,~@\s]+$/,
    "must not contain white space or any of / & ? # % ; | = , ~ @, because it is part of a path",
  );
