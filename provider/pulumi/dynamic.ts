// Pulumi's interface of dynamic providers. What it cannot carry is dropped here, and nothing else knows it.
import type { dynamic } from "@pulumi/pulumi";
import type { Confidences, Lifecycle, Properties } from "../core/lifecycle.ts";
import { mapEntries, pick } from "../core/shape.ts";
import { Unfinished } from "../travel/errors.ts";
import type { WayOut } from "./wayOut.ts";

/** Pulumi's interface, all methods present; `configure` belongs to the process and is added where it is known. */
export type DynamicProvider = Required<Omit<dynamic.ResourceProvider, "configure">>;

/** Where the state keeps the text that loads this provider; the engine hands it in and wants it back. */
const providerKey = "__provider";

/**
 * @param words - the outputs in which a server's own words stand
 * @param keep - told before each operation what its messages must not show
 */
export function dynamicProvider(
  lifecycle: Lifecycle,
  words: readonly string[],
  keep: (confidences: Confidences) => void,
  out: WayOut,
): DynamicProvider {
  /** A state as it may be kept. */
  function kept(state: Properties): Properties {
    return { ...state, ...mapEntries(pick(state, words), (_, value) => out.words(value)) };
  }

  /** Runs an operation on these versions of a resource's properties, the newest first. */
  async function told<T>(properties: readonly Properties[], run: () => T | Promise<T>): Promise<T> {
    try {
      keep(lifecycle.confidencesIn(properties));
      return await run();
    } catch (error) {
      if (error instanceof Unfinished) error.state = kept(error.state);
      throw out.error(error, properties[0]?.[providerKey]);
    }
  }

  return {
    async check(olds: Properties, news: Properties) {
      const { [providerKey]: text, ...given } = news;
      const { inputs, failures } = await told([news, olds], () => lifecycle.check(olds, given));
      return { inputs: { ...inputs, [providerKey]: text }, failures: failures.map(out.failure) };
    },

    async diff(_id: string, olds: Properties, news: Properties) {
      const { kind, changes, replaces, deletesFirst } = await told([news, olds], () => lifecycle.diff(olds, news));
      if (kind === "same") return { changes: false };
      // Unfinished, or of a new owner.
      if (kind === "update" && changes.length === 0 && olds.owner === news.owner) return { changes: true };
      // `changes` stays undefined: then the engine compares the inputs itself, shows each changed field, and honours
      // ignoreChanges and replaceOnChanges; what the last of them replaces keeps its place, so the old object goes first.
      return { replaces: [...new Set(replaces.map(([top]) => String(top)))], deleteBeforeReplace: deletesFirst };
    },

    async create(inputs: Properties) {
      const { id, state } = await told([inputs], () => lifecycle.create(inputs));
      return { id, outs: kept(state) };
    },

    async read(id: string, state: Properties = {}) {
      const found = await told([state], () => lifecycle.read(id, state));
      return found ? { id, props: kept(found.state), inputs: found.inputs } : { id: "", props: {} };
    },

    async update(id: string, olds: Properties, news: Properties) {
      return { outs: kept(await told([news, olds], () => lifecycle.update(id, olds, news))) };
    },

    async delete(id: string, state: Properties) {
      await told([state], () => lifecycle.delete(id, state));
    },
  };
}
