// What a look at a system tells: `pulumi-nginx-nsx check` prints one line for each (docs/check.md).
import { z } from "zod";

const where = {
  /** What it is about. */
  system: z.enum(["stack", "nsx", "nim", "program"]),
  /** Which question it answers. */
  part: z.enum([
    "settings",
    "connection",
    "certificate",
    "identity",
    "login",
    "permissions",
    "clock",
    "version",
    "limits",
    "schema",
    "preview",
  ]),
  text: z.string(),
};

/** What to do next goes with each error. */
export const finding = z.discriminatedUnion("level", [
  z.strictObject({ ...where, level: z.literal("ok") }),
  z.strictObject({ ...where, level: z.literal("warning"), next: z.string().optional() }),
  z.strictObject({ ...where, level: z.literal("error"), next: z.string() }),
]);

export type Finding = z.output<typeof finding>;

/** Takes the findings about one system. */
export interface Say {
  ok(part: Finding["part"], text: string): void;
  warning(part: Finding["part"], text: string, next?: string): void;
  error(part: Finding["part"], text: string, next: string): void;
}

export function sayOf(system: Finding["system"], report: (finding: Finding) => void): Say {
  return {
    ok: (part, text) => report({ system, part, level: "ok", text }),
    warning: (part, text, next) =>
      report({ system, part, level: "warning", text, ...(next === undefined ? {} : { next }) }),
    error: (part, text, next) => report({ system, part, level: "error", text, next }),
  };
}
