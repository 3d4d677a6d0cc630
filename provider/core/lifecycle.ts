import { createHash } from "node:crypto";
import type { dynamic } from "@pulumi/pulumi";
import isDeepEqual from "fast-deep-equal";
import { messageOf, Unfinished } from "../travel/errors.ts";
import type { Clients, Resource } from "./definition.ts";
import type { Context } from "./operation.ts";
import { fieldOf, isRecord, mapEntries, type ObjectShape, pick, project, type Shape, same } from "./shape.ts";

type Properties = Record<string, unknown>;

/** Makes the context of one operation on one system; fails with the missing settings when it is not configured. */
export type OpenContext = (system: keyof Clients, owner: string) => Context<Clients[keyof Clients]>;

/** Pulumi's interface, all methods present; `configure` belongs to the process and is added where it is known. */
export type Lifecycle = Required<Omit<dynamic.ResourceProvider, "configure">>;

/** Where the state keeps the text that loads this provider; the engine hands it in and wants it back. */
const providerKey = "__provider";

/** Turns a definition into Pulumi's check, diff, create, read, update and delete. */
export function lifecycle({ definition, shape }: Resource, open: OpenContext): Lifecycle {
  const { name, autoName, steering, writeOnly } = definition;

  /** What the object is made of: neither the provider's text, nor the owner, nor what only steers the provider. */
  const compared = Object.keys(shape.fields).filter((key) => !(steering as string[]).includes(key));

  /** What no read can tell. */
  const kept: readonly string[] = [...steering, ...writeOnly];

  function inputsOf(properties: Properties): Properties {
    return pick(properties, Object.keys(shape.fields));
  }

  function contextOf(properties: Properties) {
    return open(definition.system, String(properties.owner ?? ""));
  }

  async function explained<T>(operation: string, what: unknown, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      const message = `${name} ${String(what)}: ${operation} failed. ${messageOf(error)}`;
      if (error instanceof Unfinished) throw Object.assign(error, { message });
      throw quiet(new Error(message, { cause: error }));
    }
  }

  /**
   * An object that exists but is unfinished is saved: Pulumi takes id and properties from the error, shows the user
   * only `reasons`, and calls update on the next `up`. It does not add the provider's text on this path; without it
   * neither refresh nor delete would work.
   */
  async function savingUnfinished<T>(inputs: Properties, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof Unfinished)) throw error;
      const properties = { ...stateOf(inputs, error.outputs), [providerKey]: inputs[providerKey] };
      throw Object.assign(quiet(new Error(error.message)), { id: error.id, properties, reasons: [error.message] });
    }
  }

  /** Only plain JSON may leave: an undefined in it would lose an object that has just been made. */
  function stateOf(inputs: Properties, outputs: object): Properties {
    return JSON.parse(JSON.stringify({ ...inputsOf(inputs), owner: inputs.owner, ...outputs }));
  }

  return {
    async check(olds: Properties, news: Properties) {
      const { [providerKey]: text, owner, ...given } = withoutNulls(news);
      const named = autoName && given[autoName] === undefined ? { ...given, [autoName]: autoNameFor(olds) } : given;

      function autoNameFor(previous: Properties): unknown {
        return previous[autoName as string] ?? nameFromUrn(String(owner));
      }

      const { inputs, issues } = validate(definition.inputs, named);
      const failures = issues.filter((issue) => !isOldNews(issue, olds, inputs)).map(toFailure);
      return { inputs: { ...inputs, owner, [providerKey]: text }, failures };
    },

    async diff(_id: string, olds: Properties, news: Properties) {
      const changed = compared.filter((key) => !same(fieldOf(shape, key), olds[key], news[key]));
      if (changed.length === 0 && olds.owner === news.owner) return { changes: !definition.isFinished(olds) };
      const replaces = definition.replaceOnChanges
        .filter((path) => changedAt(shape, path.split("."), olds, news))
        .map((path) => path.split(".", 1)[0] as string);
      // `changes` stays undefined: then the engine compares the inputs itself, shows each changed field, and honours
      // ignoreChanges and replaceOnChanges. A name belongs to one object, so the old one goes first.
      return { replaces, deleteBeforeReplace: true };
    },

    async create(inputs: Properties) {
      const what = autoName ? inputs[autoName] : "";
      return savingUnfinished(inputs, () =>
        explained("create", what, async () => {
          const { id, outputs } = await definition.create(contextOf(inputs), inputsOf(inputs));
          return { id, outs: stateOf(inputs, outputs) };
        }),
      );
    },

    async read(id: string, state: Properties = {}) {
      return explained("read", id, async () => {
        const context = contextOf(state);
        const live = await definition.read(context, id, state);
        if (!live) return { id: "", props: {} };
        const inputs = isManaged(state) ? declaredInputs(live.inputs, state) : live.inputs;
        const drifted = isManaged(state)
          ? compared.filter((key) => !same(fieldOf(shape, key), inputs[key], state[key]))
          : [];
        if (drifted.length > 0)
          context.warn(`${name} ${id}: ${drifted.join(", ")} changed outside of this stack, by ${live.changedBy}.`);
        const props = stateOf({ ...inputs, owner: state.owner }, live.outputs);
        return { id, props, inputs: pick(props, [...Object.keys(shape.fields), "owner"]) };
      });
    },

    async update(id: string, olds: Properties, news: Properties) {
      return savingUnfinished(news, () =>
        explained("update", id, async () => {
          const outputs = await definition.update(contextOf(news), id, olds, inputsOf(news));
          return { outs: stateOf(news, outputs) };
        }),
      );
    },

    async delete(id: string, state: Properties) {
      await explained("delete", id, () => definition.delete(contextOf(state), id, state));
    },
  };

  /** Pulumi prints the value of the property that it is told, so it is not told which secret is wrong, only why. */
  function toFailure({ path, message }: Issue): { property: string; reason: string } {
    const property = pathText(path);
    const isSecret = (writeOnly as PropertyKey[]).includes(path[0] as PropertyKey);
    return isSecret ? { property: "", reason: `${property}: ${message}` } : { property, reason: message };
  }

  /** Live values under the keys that the user had set; what steers the provider or cannot be read stays as it was. */
  function declaredInputs(live: Properties, state: Properties): Properties {
    return mapEntries(inputsOf(state), (key, declared) =>
      kept.includes(key) ? declared : project(fieldOf(shape, key), live[key], declared),
    );
  }
}

/** A resource that was only looked up (`opts.id`) has no owner: it is shown as it is. */
function isManaged(state: Properties): boolean {
  return state.owner !== undefined;
}

/** Pulumi's preview stands these texts in for values that are not known yet (sdk/go/common/resource/plugin/rpc.go). */
const unknowns: ReadonlySet<unknown> = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Of a rule about time: what was right when it was written must not stop an `up` for that alone. */
  readonly params?: { readonly onlyWhenChanged?: boolean };
}

function isOldNews({ path, params }: Issue, olds: Properties, news: Properties): boolean {
  const key = String(path[0]);
  return params?.onlyWhenChanged === true && isDeepEqual(olds[key], news[key]);
}

/** Validates what is known. A field that holds an unknown passes as it is; the rest is checked all the same. */
function validate(
  schema: Resource["definition"]["inputs"],
  given: Properties,
): { inputs: Properties; issues: readonly Issue[] } {
  const parsed = schema.safeParse(given);
  if (parsed.success) return { inputs: parsed.data as Properties, issues: [] };
  const issues = parsed.error.issues
    .filter((issue) => !holdsUnknown(valueAt(given, issue.path)))
    .flatMap((issue): readonly Issue[] => {
      if (issue.code === "invalid_key") return issue.issues.map(({ message }) => ({ path: issue.path, message }));
      if (issue.code !== "unrecognized_keys") return [issue as Issue];
      return issue.keys.map((key) => ({ path: [...issue.path, key], message: "is not an argument of this resource" }));
    });
  const inputs = mapEntries(given, (key, value) => {
    const field = schema.shape[key] as typeof schema | undefined;
    return holdsUnknown(value) || !field ? value : (field.safeParse(value).data ?? value);
  });
  return { inputs, issues };
}

function holdsUnknown(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsUnknown);
  return isRecord(value) ? Object.values(value).some(holdsUnknown) : unknowns.has(value);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

/** `subnets[0].gatewayAddress` and `files["/etc/nginx/nginx.conf"]`, the form in which Pulumi shows properties. */
function pathText(path: readonly PropertyKey[]): string {
  const parts = path.map((key, index) => {
    if (typeof key === "number") return `[${key}]`;
    const name = String(key);
    return /^\w+$/.test(name) ? `${index > 0 ? "." : ""}${name}` : `[${JSON.stringify(name)}]`;
  });
  return parts.join("");
}

function changedAt(shape: ObjectShape, path: readonly string[], olds: Properties, news: Properties): boolean {
  const field = path.reduce<Shape>((inner, key) => fieldOf(inner as ObjectShape, key), shape);
  return !same(field, valueAt(olds, path), valueAt(news, path));
}

/** The same name in every run of the same resource, so that a create whose answer was lost is found again. */
function nameFromUrn(owner: string): string {
  const name = owner.split("::").at(-1) ?? "";
  const hash = createHash("sha256").update(owner).digest("hex").slice(0, 8);
  return `${name.replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 200)}-${hash}`;
}

/** `null` in a program means "not given". */
function withoutNulls(value: Properties): Properties {
  const clean = (inner: unknown): unknown => {
    if (inner === null) return undefined;
    if (Array.isArray(inner)) return inner.map(clean).filter((item) => item !== undefined);
    return isRecord(inner) ? withoutNulls(inner) : inner;
  };
  return mapEntries(value, (_, inner) => clean(inner));
}

/** Pulumi's server prints text and stack of an error a second time, unlabelled; the message alone is shown anyway. */
function quiet(error: Error): Error {
  error.stack = "";
  error.toString = () => "";
  return error;
}
