// The same program in other words: order where there is none, notation of addresses. Arguments' names, not the API's.
import type { Dice } from "./random.ts";
import type { Json, JsonObject } from "./shape.ts";

/** Lists of a segment that the documentation calls unordered, or whose elements say by themselves which they are. */
const ofSegment = ["tags", "subnets", "dhcpRanges", "bridgeProfiles", "extraConfigs", "addressBindings"];

export function rephrased(dice: Dice, program: JsonObject, unordered: readonly string[] = ofSegment): JsonObject {
  return walkIn(dice, program, "", unordered) as JsonObject;
}

function walkIn(dice: Dice, value: Json, name: string, unordered: readonly string[]): Json {
  if (Array.isArray(value)) {
    const inner = value.map((element) => walkIn(dice, element, name, unordered));
    return unordered.includes(name) && dice.chance(0.5) ? dice.shuffled(inner) : inner;
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walkIn(dice, inner, key, unordered)]));
  }
  if (typeof value !== "string" || dice.chance(0.6)) return value;
  if (name === "macAddress") return dice.pick([value.toUpperCase(), value.toLowerCase(), value.replaceAll(":", "-")]);
  if (/^2001:[0-9a-f:]+/i.test(value)) return inOtherWords(dice, value);
  return value;
}

/** `2001:db8::1/64` is `2001:0DB8:0:0:0:0:0:1/64`, in each end of a range by itself. */
function inOtherWords(dice: Dice, text: string): string {
  const [ends = "", bits] = text.split("/");
  const written = ends.split("-").map((end) => {
    if (dice.chance(0.4)) return dice.pick([end.toUpperCase(), end.toLowerCase()]);
    const [head = "", tail] = end.split("::");
    if (tail === undefined) return end;
    const [left, right] = [head.split(":"), tail === "" ? [] : tail.split(":")];
    const zeros = Array(8 - left.length - right.length).fill(dice.pick(["0", "0000"]));
    return [...left, ...zeros, ...right].join(":");
  });
  return bits === undefined ? written.join("-") : `${written.join("-")}/${bits}`;
}
