import { z } from "zod";
import { type Operations, operation } from "./control.ts";
import type { Fault } from "./faults.ts";
import type { Switches, SwitchTable } from "./switches.ts";
import type { Control } from "./testControl.ts";

const when = z.enum(["before", "after"]);

const faultSchema: z.ZodType<Fault> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("respond"),
    when,
    status: z.number().int(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.unknown().optional(),
  }),
  z.strictObject({ kind: z.literal("refusal"), name: z.string() }),
  z.strictObject({ kind: z.literal("redirect"), status: z.literal([301, 302, 307, 308]), to: z.string() }),
  z.strictObject({ kind: z.literal("reset"), when }),
  z.strictObject({ kind: z.literal("cut") }),
  z.strictObject({ kind: z.literal("wrongJson") }),
  z.strictObject({ kind: z.literal("html502") }),
  z.strictObject({
    kind: z.literal("retryAfter"),
    status: z.literal([429, 503]),
    seconds: z.number().min(0),
    as: z.enum(["seconds", "date"]),
  }),
  z.strictObject({ kind: z.literal("delay"), when, milliseconds: z.number().min(0) }),
]);

const ruleSchema = z.strictObject({
  match: z.string(),
  fault: faultSchema,
  nth: z.number().int().min(1).optional(),
  times: z.union([z.number().int().min(1), z.literal("always")]).optional(),
});

const nothing = z.strictObject({});
const optionalMatch = z.strictObject({ match: z.string().optional() });

/** The control operations that every simulator has. */
export function kitOperations<T extends SwitchTable>(control: Control<T>, switchesSchema: z.ZodType): Operations {
  const { requests, history, faults, clock } = control;
  return {
    switches: operation("The switches and their values.", nothing, () => control.switches),
    setSwitches: operation("Changes some switches.", switchesSchema, (values) => {
      control.setSwitches(values as Partial<Switches<T>>);
      return control.switches;
    }),
    inject: operation("Injects a fault into requests to come.", ruleSchema, (rule) => faults.inject(rule)),
    faults: operation("The faults that have not struck yet.", nothing, () => faults.pending()),
    clearFaults: operation("Forgets the faults that have not struck yet.", nothing, () => faults.clear()),
    requests: operation("The request log, or the part that matches.", optionalMatch, ({ match }) =>
      match === undefined ? requests.all() : requests.find(match),
    ),
    count: operation("How many requests there were, by pattern and by status.", optionalMatch, ({ match }) => ({
      count: requests.count(match),
      totals: requests.totals(),
      peakConcurrency: requests.peakConcurrency(),
    })),
    resetRequests: operation("Empties the request log and its counters.", nothing, () => requests.reset()),
    history: operation(
      "Every committed version of every object, or of one.",
      z.strictObject({ path: z.string().optional() }),
      ({ path }) => (path === undefined ? history.all() : history.of(path)),
    ),
    advanceClock: operation(
      "Moves the simulator's time forward.",
      z.strictObject({ milliseconds: z.number().min(0) }),
      ({ milliseconds }) => {
        clock.advance(milliseconds);
        return { now: clock.now() };
      },
    ),
    reset: operation("Back to the state right after the start.", nothing, () => control.reset()),
  };
}
