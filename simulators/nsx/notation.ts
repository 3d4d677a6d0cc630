import type { Field, Fields, Json } from "./fields.ts";
import { withAddresses } from "./formats.ts";
import type { NsxSwitches } from "./switches.ts";

/**
 * A body with its addresses as this manager writes them. It is stored so, as a manager does that parses what it gets: an
 * object that was written before a switch was turned keeps its notation until the next write.
 */
export function inNotation(fields: Fields, body: Json, { addressNotation, macNotation }: NsxSwitches): Json {
  if (addressNotation === "as sent" && macNotation === "as sent") return body;

  const rewrite = (field: Field, value: unknown): unknown => {
    if (value === undefined) return undefined;
    switch (field.kind) {
      case "string":
        return inFormat(field.format?.[0], value as string);
      case "list":
        return (value as unknown[]).map((item) => rewrite(field.of, item));
      case "object":
        return rewriteAll(field.fields, value as Json);
      case "variant":
        return rewriteAll(field.variants[String((value as Json).resource_type)] ?? {}, value as Json);
      default:
        return value;
    }
  };
  const rewriteAll = (known: Fields, values: Json): Json =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, known[name] ? rewrite(known[name], value) : value]),
    );
  const inFormat = (format: string | undefined, text: string): string => {
    if (format === "mac-address") return macNotation === "upper" ? text.toUpperCase() : text;
    const isAddress = format === "ip" || format === "ip-cidr-block" || format === "address-or-block-or-range";
    return isAddress && addressNotation !== "as sent" ? withAddresses(text, addressNotation) : text;
  };
  return rewriteAll(fields, body);
}
