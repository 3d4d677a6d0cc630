import { isIPv4, isIPv6 } from "node:net";

/** The formats of the guide's "Definitions", as functions from text to "is it one". */

export interface Block {
  family: 4 | 6;
  /** First and last address of the block or range. */
  first: bigint;
  last: bigint;
}

export function parseAddress(text: string): { family: 4 | 6; value: bigint } | undefined {
  if (isIPv4(text)) {
    return { family: 4, value: text.split(".").reduce((value, part) => value * 256n + BigInt(part), 0n) };
  }
  if (!isIPv6(text) || text.includes("%")) return undefined;
  const [head = "", tail] = expandDotted(text).split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill("0"), ...right];
  return { family: 6, value: groups.reduce((value, group) => value * 65536n + BigInt(`0x${group}`), 0n) };
}

/** Rewrites the dotted end of `::ffff:10.0.0.1` as two groups. */
function expandDotted(text: string): string {
  return text.replace(/\d+\.\d+\.\d+\.\d+$/, (dotted) => {
    const [a = 0, b = 0, c = 0, d = 0] = dotted.split(".").map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
}

/** ip-cidr-block: an address, a slash and the number of bits; host bits may be set ("10.1.0.1/24"). */
export function parseCidr(text: string): (Block & { bits: number; address: bigint }) | undefined {
  const [addressPart = "", bitsPart = "", ...rest] = text.split("/");
  const address = parseAddress(addressPart);
  if (!address || rest.length > 0 || !/^\d{1,3}$/.test(bitsPart)) return undefined;
  const width = address.family === 4 ? 32 : 128;
  const bits = Number(bitsPart);
  if (bits > width) return undefined;
  const size = 1n << BigInt(width - bits);
  const first = (address.value / size) * size;
  return { family: address.family, first, last: first + size - 1n, bits, address: address.value };
}

/** address-or-block-or-range. */
export function parseBlock(text: string): Block | undefined {
  if (text.includes("/")) return parseCidr(text);
  const [low = "", high = low, ...rest] = text.split("-");
  const first = parseAddress(low);
  const last = parseAddress(high);
  if (!first || !last || rest.length > 0 || first.family !== last.family || first.value > last.value) return undefined;
  return { family: first.family, first: first.value, last: last.value };
}

export const contains = (outer: Block, inner: Block) =>
  outer.family === inner.family && outer.first <= inner.first && inner.last <= outer.last;

export const overlaps = (a: Block, b: Block) => a.family === b.family && a.first <= b.last && b.first <= a.last;

/** The network of a gateway address: "10.1.0.1/24" gives "10.1.0.0/24". */
export function networkOf(cidr: string): string {
  const block = parseCidr(cidr);
  if (!block) return cidr;
  return `${formatAddress(block.family, block.first)}/${block.bits}`;
}

/** Every IPv6 address in a text (an address, a block, a range) with its groups written out, or as short as can be. */
export function withAddresses(text: string, notation: "expanded" | "compressed"): string {
  return text.replace(/[0-9a-f.]*:[0-9a-f:.]*/gi, (part) => {
    const address = parseAddress(part);
    if (address?.family !== 6) return part;
    return notation === "expanded" ? groupsOf(address.value).join(":") : formatAddress(6, address.value);
  });
}

const groupsOf = (value: bigint) =>
  [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) => ((value >> shift) & 65535n).toString(16));

function formatAddress(family: 4 | 6, value: bigint): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
  // The URL parser knows RFC 5952's shortest form.
  return new URL(`http://[${groupsOf(value).join(":")}]`).hostname.slice(1, -1);
}

/** A VLAN id 0..4094, or a range of them, lower bound first. */
export function isVlan(text: string): boolean {
  const match = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(text);
  if (!match) return false;
  const low = Number(match[1]);
  const high = Number(match[2] ?? match[1]);
  return low <= high && high <= 4094;
}

export const isAddress = (text: string) => parseAddress(text) !== undefined;
export const isCidr = (text: string) => parseCidr(text) !== undefined;
export const isBlock = (text: string) => parseBlock(text) !== undefined;
export const isMac = (text: string) => /^[0-9a-f]{2}([:-])[0-9a-f]{2}(\1[0-9a-f]{2}){4}$/i.test(text);

/**
 * "When configuring layer 2 switching, the following fields can contain any character except semicolon (;), vertical
 * bar (|), equal sign (=), comma (,), tilde (~), and the "at" sign (@)." The guide's list of fields is lost; the name is one.
 */
export const isLayer2Name = (text: string) => !/[;|=,~@]/.test(text);
