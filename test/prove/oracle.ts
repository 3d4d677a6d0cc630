// The simplest client there could be: one resource at a time, one request at a time, nothing remembered, nothing shared.
// It covers four arguments of a segment, and says what a stack must come to.
import isDeepEqual from "fast-deep-equal";
import type { Properties } from "../tools/stack.ts";

export interface Row {
  readonly inputs: Properties;
  readonly path: string;
}

export type Ask = (
  method: "GET" | "PUT" | "DELETE",
  path: string,
  body?: Properties,
) => Promise<Properties | undefined>;

const names: Readonly<Record<string, string>> = {
  displayName: "display_name",
  description: "description",
  adminState: "admin_state",
};

export class NaiveStack {
  readonly rows = new Map<number, Row>();
  readonly #ask: Ask;
  readonly #mark: (number: number) => string;

  constructor(ask: Ask, mark: (number: number) => string) {
    this.#ask = ask;
    this.#mark = mark;
  }

  async up(number: number, inputs: Properties): Promise<string> {
    const path = `/infra/segments/web-${number}`;
    const row = this.rows.get(number);
    if (row && isDeepEqual(row.inputs, inputs)) return "same";
    const live = await this.#ask("GET", path);
    if (!row) {
      if (live && !this.#isOurs(live, number)) return "refused";
      await this.#ask("PUT", path, this.#bodyOf(number, inputs, live, {}));
      this.rows.set(number, { inputs, path });
      return "create";
    }
    if (!live || !this.#isOurs(live, number)) return "refused";
    if (conflictsOf(row.inputs, live, inputs)) return "refused";
    await this.#ask("PUT", path, this.#bodyOf(number, inputs, live, row.inputs));
    this.rows.set(number, { inputs, path });
    return "update";
  }

  async refresh(number: number): Promise<string> {
    const row = this.rows.get(number);
    if (!row) return "nothing";
    const live = await this.#ask("GET", row.path);
    if (!live) {
      this.rows.delete(number);
      return "deleted";
    }
    const seen = Object.keys(row.inputs).map((key) => [key, live[names[key] as string]]);
    const inputs = Object.fromEntries(seen.filter(([, value]) => value !== undefined));
    this.rows.set(number, { ...row, inputs });
    return isDeepEqual(inputs, row.inputs) ? "same" : "drift";
  }

  async destroy(number: number): Promise<string> {
    const row = this.rows.get(number);
    if (!row) return "nothing";
    const live = await this.#ask("GET", row.path);
    if (live && this.#isOurs(live, number)) await this.#ask("DELETE", row.path);
    this.rows.delete(number);
    return "deleted";
  }

  #isOurs(live: Properties, number: number): boolean {
    return ((live.tags ?? []) as { tag: string }[]).some(({ tag }) => tag.startsWith(this.#mark(number)));
  }

  #bodyOf(number: number, inputs: Properties, live: Properties | undefined, before: Properties): Properties {
    const body: Properties = { ...live };
    for (const key of Object.keys(before)) delete body[names[key] as string];
    for (const [key, value] of Object.entries(inputs)) body[names[key] as string] = value;
    return { ...body, tags: [{ scope: "pulumi.owner", tag: this.#mark(number) }] };
  }
}

/** Somebody else changed a field that the stack has, to something that it does not want. */
function conflictsOf(before: Properties, live: Properties, wanted: Properties): boolean {
  return Object.keys({ ...before, ...wanted }).some((key) => {
    const is = live[names[key] as string];
    return !isDeepEqual(is, before[key]) && !isDeepEqual(is, wanted[key]);
  });
}
