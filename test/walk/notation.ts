// One form for each address, whatever way it is written: two notations of the same must never look different.

function parts(text: string): bigint | undefined {
  if (/^\d+(\.\d+){3}$/.test(text)) return text.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  if (!text.includes(":")) return undefined;
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const hex = (high = "0", low = "0") => (Number(high) * 256 + Number(low)).toString(16);
  const plain = dotted ? `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}` : text;
  const [head = "", tail] = plain.split("::");
  const groups = (half: string) => (half === "" ? [] : half.split(":"));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const all = [...left, ...Array(Math.max(0, 8 - left.length - right.length)).fill("0"), ...right];
  return all.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}

export function oneAddress(text: string): string {
  const value = parts(text);
  return value === undefined ? text : `${text.includes(":") ? "v6" : "v4"}:${value.toString(16)}`;
}

/** Addresses, blocks and ranges of them. */
export function oneBlock(text: unknown): unknown {
  if (typeof text !== "string") return text;
  const [ends = "", bits] = text.split("/");
  const form = ends.split("-").map(oneAddress).join("-");
  return bits === undefined ? form : `${form}/${bits}`;
}

/** "Case is not significant", and the separator is a colon or a dash (guide, Definitions). */
export const oneMac = (text: unknown) => (typeof text === "string" ? text.toLowerCase().replaceAll("-", ":") : text);

export const onePath = (text: unknown) => (typeof text === "string" ? text.replace(/\/+$/, "") : text);

export const familyOf = (address: unknown) =>
  String(address).startsWith("v6:") || (String(address).includes(":") && !String(address).startsWith("v4:")) ? 6 : 4;
