// Pulumi's interface of dynamic providers. What it cannot carry is dropped here, and nothing else knows it.
import type { dynamic } from "@pulumi/pulumi";
import type { Failure, Lifecycle, Properties } from "../core/lifecycle.ts";
import { pathText } from "../core/propertyPath.ts";
import { Unfinished } from "../travel/errors.ts";

/** Pulumi's interface, all methods present; `configure` belongs to the process and is added where it is known. */
export type DynamicProvider = Required<Omit<dynamic.ResourceProvider, "configure">>;

/** Where the state keeps the text that loads this provider; the engine hands it in and wants it back. */
const providerKey = "__provider";

export function dynamicProvider(lifecycle: Lifecycle): DynamicProvider {
  return {
    async check(olds: Properties, news: Properties) {
      const { [providerKey]: text, ...given } = news;
      const { inputs, failures } = lifecycle.check(olds, given);
      return { inputs: { ...inputs, [providerKey]: text }, failures: failures.map(toFailure) };
    },

    async diff(_id: string, olds: Properties, news: Properties) {
      const { kind, changes, replaces } = lifecycle.diff(olds, news);
      if (kind === "same") return { changes: false };
      // Unfinished, or of a new owner.
      if (kind === "update" && changes.length === 0 && olds.owner === news.owner) return { changes: true };
      // `changes` stays undefined: then the engine compares the inputs itself, shows each changed field, and honours
      // ignoreChanges and replaceOnChanges. A name belongs to one object, so the old one goes first.
      return { replaces: [...new Set(replaces.map(([top]) => String(top)))], deleteBeforeReplace: true };
    },

    async create(inputs: Properties) {
      const { id, state } = await told(inputs, () => lifecycle.create(inputs));
      return { id, outs: state };
    },

    async read(id: string, state: Properties = {}) {
      const found = await told(state, () => lifecycle.read(id, state));
      return found ? { id, props: found.state, inputs: found.inputs } : { id: "", props: {} };
    },

    async update(id: string, olds: Properties, news: Properties) {
      return { outs: await told(news, () => lifecycle.update(id, olds, news)) };
    },

    async delete(id: string, state: Properties) {
      await told(state, () => lifecycle.delete(id, state));
    },
  };
}

/** Pulumi prints the value of the property that it is told, so it is not told which secret is wrong, only why. */
function toFailure({ path, reason, isSecret }: Failure): { property: string; reason: string } {
  const property = pathText(path);
  return isSecret ? { property: "", reason: `${property}: ${reason}` } : { property, reason };
}

/**
 * Pulumi takes id and properties of an unfinished object from the error, shows the user only `reasons`, and calls update
 * on the next `up`. It does not add the provider's text on this path; without it neither refresh nor delete would work.
 */
async function told<T>({ [providerKey]: text }: Properties, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Unfinished)) throw quiet(error as Error);
    const { id, message, state } = error;
    const properties = { ...state, [providerKey]: text };
    throw Object.assign(quiet(new Error(message)), { id, properties, reasons: [message] });
  }
}

/** Pulumi's server prints text and stack of an error a second time, unlabelled; the message alone is shown anyway. */
function quiet(error: Error): Error {
  error.stack = "";
  error.toString = () => "";
  return error;
}

/** What that server makes of an error which has neither. */
const nothing = ": ";

/** For the process of a plugin, whose lines Pulumi shows under the stack: a quiet error leaves none. */
export function hideQuietErrors(): void {
  const print = console.error;
  console.error = (...words) => {
    if (words.length !== 1 || words[0] !== nothing) print(...words);
  };
}
