import type { SwitchTable } from "../../simulators/kit/index.ts";

/**
 * Every value of every switch that is not its default: what a client must be right under as well. How a refusal is said
 * (switches that end in `Said`) is left to {@link wordings}; which way in is open to tests that come in by it, and what the
 * manager says of its API to those of `check`, which alone asks for that.
 */
export function otherPositions(table: SwitchTable): { name: string; value: unknown }[] {
  const aboutRules = Object.entries(table).filter(
    ([name]) => !isWording(name) && !["login", "documentForm"].includes(name),
  );
  return aboutRules.flatMap(([name, definition]) => {
    const { default: usual } = definition;
    return valuesOf(definition)
      .filter((value) => value !== usual)
      .map((value) => ({ name, value }));
  });
}

/**
 * Few positions in which each way to say each refusal occurs: no request is refused for two reasons at once, so that all
 * switches about words may be turned together. Each way by itself: errorRows.test.ts.
 */
export function wordings(table: SwitchTable): { name: string; switches: Record<string, unknown> }[] {
  const rows = Object.entries(table).filter(([name]) => isWording(name));
  const many = Math.max(...rows.map(([, definition]) => valuesOf(definition).length));
  return Array.from({ length: many - 1 }, (_, i) => {
    const values = rows.map(([name, definition]) => [name, valuesOf(definition)] as const);
    const switches = Object.fromEntries(values.map(([name, all]) => [name, all[(i + 1) % all.length]]));
    return { name: `words ${i + 1}`, switches };
  });
}

const isWording = (name: string) => name.endsWith("Said");

/** Durations and limits are numbers without a list of values; the tests that are about them set them. */
function valuesOf(definition: SwitchTable[string]): readonly unknown[] {
  if ("values" in definition && definition.values) return definition.values;
  return typeof definition.default === "boolean" ? [true, false] : [];
}
