import type { SwitchTable } from "../../simulators/kit/index.ts";

/** Every value of every switch that is not its default: what a client must be right under as well. */
export function otherPositions(table: SwitchTable): { name: string; value: unknown }[] {
  return Object.entries(table).flatMap(([name, definition]) => {
    const { default: usual } = definition;
    return valuesOf(definition)
      .filter((value) => value !== usual)
      .map((value) => ({ name, value }));
  });
}

/** Durations and limits are numbers without a list of values; the tests that are about them set them. */
function valuesOf(definition: SwitchTable[string]): readonly unknown[] {
  if ("values" in definition && definition.values) return definition.values;
  return typeof definition.default === "boolean" ? [true, false] : [];
}
