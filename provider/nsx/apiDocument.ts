// A manager's own description of its API (OpenAPI, in the form of Swagger 2.0 or of version 3) beside the arguments of a
// resource: which of them it does not know, or takes less of than the check of the arguments lets through.
import { z } from "zod";
import { isRecord } from "../core/shape.ts";
import { snakeCase } from "./wire.ts";

export interface Difference {
  /** As a program writes it: `subnets[].dhcpRanges`. */
  readonly argument: string;
  /** What is different there, as the end of a sentence. */
  readonly what: string;
}

type Node = Readonly<Record<string, unknown>>;

/** What a definition says, all that it extends included. */
interface View {
  /** Absent where it says of no property at all, so that any may be there. */
  readonly properties?: Readonly<Record<string, unknown>>;
  /** Its type, limits and values. */
  readonly own: Node;
}

/** The limit, and whether a lower one is less. */
const limits = [
  ["maxLength", "characters", true],
  ["maxItems", "items", true],
  ["maximum", "as the largest number", true],
  ["minimum", "as the smallest number", false],
] as const;

/** The document says of subnets "max 1", and means one of each family (docs/nsx.md#fields). */
const meantOtherwise: Readonly<Record<string, string>> = { subnets: "maxItems" };

/**
 * Where a manager's document and the arguments of a resource differ; `undefined` where the document has no such type.
 * What it leaves open, or says in a way that is not known here, is no difference.
 *
 * @param resourceType - such as `Segment`
 * @param apart - arguments that are no fields of the object
 */
export function differencesFrom(
  document: Node,
  resourceType: string,
  inputs: z.ZodObject,
  apart: readonly string[],
): Difference[] | undefined {
  const definitions = definitionsOf(document);
  if (!definitions || !isRecord(definitions[resourceType])) return undefined;
  const ours = z.toJSONSchema(inputs, { io: "input", unrepresentable: "any" }) as Node;
  const properties = Object.entries(ours.properties as Node).filter(([key]) => !apart.includes(key));
  const found: Difference[] = [];
  compare(definitions, { ...ours, properties: Object.fromEntries(properties) }, definitions[resourceType], "", found);
  return found;
}

function definitionsOf(document: Node): Node | undefined {
  if (isRecord(document.definitions)) return document.definitions;
  const { components } = document;
  return isRecord(components) && isRecord(components.schemas) ? components.schemas : undefined;
}

function compare(definitions: Node, ours: Node, theirs: Node, argument: string, found: Difference[]): void {
  const { own, properties } = viewOf(definitions, theirs);
  const differs = (what: string) => found.push({ argument, what });
  if (!isOfType(ours.type, own.type)) {
    differs(`is of type ${String(ours.type)} here and ${String(own.type)} there`);
    return;
  }
  compareLimits(ours, own, argument, differs);
  if (isRecord(ours.properties) && properties) {
    for (const [key, field] of Object.entries(ours.properties)) {
      const inner = argument === "" ? key : `${argument}.${key}`;
      const there = properties[snakeCase(key)];
      if (there === undefined) found.push({ argument: inner, what: `is not known there (as ${snakeCase(key)})` });
      else if (isRecord(there) && isRecord(field)) compare(definitions, field, there, inner, found);
    }
  }
  if (isRecord(ours.items) && isRecord(own.items)) {
    compare(definitions, ours.items, own.items, `${argument}[]`, found);
  }
}

function compareLimits(ours: Node, theirs: Node, argument: string, differs: (what: string) => void): void {
  for (const [limit, unit, isUpper] of limits) {
    const [here, there] = [ours[limit], theirs[limit]];
    if (typeof there !== "number" || meantOtherwise[argument] === limit) continue;
    const isNarrower = typeof here !== "number" || (isUpper ? there < here : there > here);
    if (isNarrower) differs(`may have ${there} ${unit} there${typeof here === "number" ? `, and ${here} here` : ""}`);
  }
  if (typeof theirs.pattern === "string" && theirs.pattern !== ours.pattern) {
    differs(`has to be of the pattern ${theirs.pattern} there, which is not looked at here`);
  }
  if (Array.isArray(ours.enum) && Array.isArray(theirs.enum)) {
    const values = theirs.enum;
    const missing = ours.enum.filter((value) => !values.includes(value));
    if (missing.length > 0) differs(`cannot be ${missing.join(" or ")} there`);
  }
}

/** An integer is a number, too; a type that is not said may be any. */
function isOfType(ours: unknown, theirs: unknown): boolean {
  const isKnown = typeof ours === "string" && typeof theirs === "string";
  return !isKnown || ours === theirs || (ours === "integer" && theirs === "number");
}

/** @param seen - definitions on the way here, so that one that leads back to itself comes to an end */
function viewOf(definitions: Node, node: Node, seen: readonly string[] = []): View {
  const views = [plainView(node)];
  const name = nameIn(node);
  if (name !== undefined && !seen.includes(name) && isRecord(definitions[name])) {
    views.push(viewOf(definitions, definitions[name], [...seen, name]));
    // Of a field that may be of several types each one's properties may stand there.
    if (seen.length === 0)
      views.push(...variantsOf(definitions, name).map((variant) => variantView(definitions, variant)));
  }
  for (const part of listIn(node.allOf)) views.push(viewOf(definitions, part, [...seen, ""]));
  for (const part of [...listIn(node.oneOf), ...listIn(node.anyOf)]) views.push(variantView(definitions, part));
  const all = views.flatMap(({ properties }) => properties ?? []);
  return {
    own: Object.assign({}, ...views.map(({ own }) => own)),
    ...(all.length > 0 ? { properties: Object.assign({}, ...all) } : {}),
  };
}

function plainView({ properties, ...own }: Node): View {
  return { own, ...(isRecord(properties) ? { properties } : {}) };
}

/** Limits of one variant are not those of the others. */
function variantView(definitions: Node, node: Node): View {
  const { properties } = viewOf(definitions, node, [""]);
  return { own: {}, ...(properties ? { properties } : {}) };
}

/** The definitions that extend one whose discriminator tells them apart. */
function variantsOf(definitions: Node, name: string): Node[] {
  const definition = definitions[name];
  if (!isRecord(definition) || definition.discriminator === undefined) return [];
  return Object.values(definitions).filter(
    (other): other is Node => isRecord(other) && listIn(other.allOf).some((part) => nameIn(part) === name),
  );
}

function nameIn({ $ref }: Node): string | undefined {
  return typeof $ref === "string" ? $ref.split("/").at(-1) : undefined;
}

function listIn(value: unknown): Node[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
