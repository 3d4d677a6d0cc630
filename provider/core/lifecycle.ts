// What becomes of a resource, in the field's own terms. Whatever speaks to Pulumi (pulumi/dynamic.ts) translates.
import { Absent, messageOf, Unfinished } from "../travel/errors.ts";
import { isOldNews, nameFromUrn, validate, withoutNulls } from "./check.ts";
import type { Resource } from "./definition.ts";
import { withoutIgnored } from "./ignored.ts";
import { createOneOwner, placeOf } from "./oneOwner.ts";
import type { Context } from "./operation.ts";
import { declaredAsLive } from "./othersChanged.ts";
import { type Change, programChanges } from "./programChanged.ts";
import { namesOf, type PropertyPath, pathsIn, shapeAt, touches, valueAt, without } from "./propertyPath.ts";
import type { Remembered } from "./rememberedTypes.ts";
import { fieldOf, mapEntries, mapValues, pick, same } from "./shape.ts";
import { createSuccessors } from "./successors.ts";

export type Properties = Record<string, unknown>;

/** What the SDK's constructor adds to the arguments of every resource. */
export interface Registration {
  /** The organization and the URN. A resource that is only looked up has none: it is shown as it is. */
  readonly owner?: string;
  /** Paths that the program leaves to others (Pulumi's option of that name). */
  readonly ignoreChanges?: readonly string[];
  /** Paths of arguments that the program has marked as secrets: Pulumi takes the mark off on the way to the provider. */
  readonly secretInputs?: readonly string[];
}

/** Makes the context of one operation on one system; fails with the missing settings when it is not configured. */
export type OpenContext = (
  system: string,
  owner: string,
  ignored: readonly PropertyPath[],
  secret: readonly PropertyPath[],
) => Context<unknown>;

/** The program must not say this. */
export interface Failure {
  readonly path: PropertyPath;
  readonly reason: string;
}

/** What no message may show of the properties of a resource. */
export interface Confidences {
  readonly secrets: readonly string[];
  /** Texts that the program has marked as secrets, in which a server finds fault word by word. */
  readonly secretTexts: readonly string[];
  /** Texts of which nobody says whether they are. */
  readonly otherTexts: readonly string[];
}

/** What an `up` with this program would do. */
export interface Difference {
  readonly kind: "same" | "update" | "replace";
  /** Where the program has changed. */
  readonly changes: readonly Change[];
  /** The places among them that need a new object. */
  readonly replaces: readonly PropertyPath[];
  /** Whether the old object would have to go before a new one could be made. */
  readonly deletesFirst: boolean;
}

/** What a read has found. */
export interface Found {
  readonly state: Properties;
  readonly inputs: Properties;
}

export interface Lifecycle {
  /** @param olds - the arguments of the last run; empty when there was none */
  check(olds: Properties, news: Properties): { inputs: Properties; failures: readonly Failure[] };
  diff(state: Properties, declared: Properties): Difference;
  create(inputs: Properties): Promise<{ id: string; state: Properties }>;
  /** `undefined` when the object does not exist; where the program looks at it for the first time, that is an error. */
  read(id: string, state: Properties): Promise<Found | undefined>;
  update(id: string, state: Properties, declared: Properties): Promise<Properties>;
  delete(id: string, state: Properties): Promise<void>;
  /** @param properties - all versions of one resource's that an operation works with */
  confidencesIn(properties: readonly Properties[]): Confidences;
}

/** Turns a definition into what becomes of its resources. */
export function lifecycle({ definition, shape }: Resource, open: OpenContext): Lifecycle {
  const { name, autoName, steering, writeOnly, texts, textsIn = textsWithin, location, fixed } = definition;
  const memory = definition.remembered.map((key) => [key]);
  /** In a preview an output that is missing would be one that is not known yet. */
  const nothing = mapValues(shape.fields, () => null);
  const isSteering = new Set<string>(steering);
  const isSecret = new Set<PropertyKey>(writeOnly);
  const whichObject = autoName ? [...location, autoName] : location;
  const otherOwner = createOneOwner(shape, whichObject);
  const successors = createSuccessors(shape, whichObject, definition.shared ?? []);

  function inputsOf(properties: Properties): Properties {
    return pick(properties, Object.keys(shape.fields));
  }

  /** The arguments without what the program leaves to others. */
  function leftOf(properties: Properties, ignored: readonly PropertyPath[]): Properties {
    return withoutIgnored(shape, inputsOf(properties), ignored) as Properties;
  }

  function contextOf(properties: Properties) {
    return open(definition.system, String(properties.owner ?? ""), ignoredBy(properties), secretPathsIn([properties]));
  }

  function secretPathsIn(properties: readonly Properties[]): PropertyPath[] {
    return [...writeOnly.map((key) => [key]), ...properties.flatMap((each) => pathsIn(each.secretInputs))];
  }

  function calledIn(inputs: Properties): unknown {
    if (autoName) return inputs[autoName];
    return definition.target ? `${nameOf(inputs)} on ${definition.target(inputs)}` : nameOf(inputs);
  }

  async function explained<T>(operation: string, what: unknown, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      const message = `${name} ${String(what)}: ${operation} failed. ${messageOf(error)}`;
      throw error instanceof Unfinished ? Object.assign(error, { message }) : new Error(message, { cause: error });
    }
  }

  /** An object that exists but is unfinished is saved: its state goes along with the error. */
  async function savingUnfinished<T>(inputs: Properties, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (error instanceof Unfinished) Object.assign(error, { state: stateOf(inputs, error.outputs) });
      throw error;
    }
  }

  /** Only plain JSON may leave: an undefined in it would lose an object that has just been made. */
  function stateOf(inputs: Properties, outputs: object): Properties {
    const state = {
      ...inputsOf(inputs),
      ...pick(inputs, registrationKeys),
      ...outputs,
      ...openlyEffective(inputs, outputs),
    };
    return JSON.parse(JSON.stringify(state, (_, value) => (typeof value === "bigint" ? String(value) : value)));
  }

  /**
   * What the server made of secret arguments is not kept: the engine encrypts arguments, and of outputs only those of the
   * same name. So it shows as drift until the program says the same.
   */
  function openlyEffective(inputs: Properties, { effective }: Partial<Remembered>): Partial<Remembered> {
    if (!effective) return {};
    const secret = secretPathsIn([inputs]);
    const open = Object.entries(effective).filter(([path]) => !touches(secret, namesOf(path)));
    return { effective: Object.fromEntries(open) };
  }

  /** Whether the program asks for something that the object which exists cannot become. */
  function needsNew(state: Properties, declared: Properties): PropertyPath[] {
    const elsewhere = location.filter((key) => !same(fieldOf(shape, key), state[key], declared[key]));
    const { effective } = state as Partial<Remembered>;
    const other = fixed.map(namesOf).filter((path) => {
      const [wanted, applied, made] = [valueAt(declared, path), valueAt(state, path), effective?.[path.join(".")]];
      const is = (value: unknown) => same(shapeAt(shape, path), wanted, value);
      if (wanted === undefined || is(applied ?? made) || (made !== undefined && is(made))) return false;
      // Of a state that does not tell what the server has filled in, only a look at the object can.
      return applied !== undefined || effective !== undefined;
    });
    return [...elsewhere.map((key) => [key]), ...other];
  }

  /** The arguments as the object has them, as far as the state knows: also those that the server or others have filled in. */
  function thereIn(state: Properties): Properties {
    return { ...pick((state as Partial<Remembered>).effective ?? {}, Object.keys(shape.fields)), ...inputsOf(state) };
  }

  /** Whether the program names another object; not while that is not known. */
  function isElsewhere(state: Properties, declared: Properties): boolean {
    const place = placeOf(shape, whichObject, declared);
    return place !== undefined && place !== placeOf(shape, whichObject, state);
  }

  return {
    check(olds, written) {
      const { given: news, issues: unclear } = definition.spelledOut?.(written, olds) ?? { given: written, issues: [] };
      const registration = pick(news, registrationKeys);
      const given = without(
        withoutNulls(news),
        registrationKeys.map((key) => [key]),
      );
      const isUnnamed = autoName !== undefined && given[autoName] === undefined;
      const named = isUnnamed ? { ...given, [autoName]: olds[autoName] ?? nameFromUrn(String(news.owner)) } : given;
      const { inputs, issues } = validate(definition.inputs, named);
      const failures = [...unclear, ...issues]
        .filter((issue) => !isOldNews(issue, olds, inputs))
        .map(({ path, message }) => ({ path, reason: message }));
      const other = failures.length === 0 ? otherOwner(olds, inputs, String(news.owner)) : undefined;
      if (other !== undefined) {
        const path = whichObject.filter((key) => inputs[key] !== undefined).slice(-1);
        const reason = `names an object that this program manages already, as ${nameOf({ owner: other })}`;
        failures.push({ path, reason });
      }
      return { inputs: { ...inputs, ...registration }, failures };
    },

    diff(state, declared) {
      const changes = programChanges(shape, inputsOf(state), inputsOf(declared));
      const replaces = needsNew(state, declared);
      const deletesFirst = !isElsewhere(state, declared) || !definition.canCoexist(thereIn(state), inputsOf(declared));
      if (replaces.length > 0) return { kind: "replace", changes, replaces, deletesFirst };
      successors.stays(state, inputsOf(declared));
      const isUpdate =
        changes.length > 0 ||
        state.owner !== declared.owner ||
        state.belongsToOthers === true ||
        !definition.isFinished(state);
      return { kind: isUpdate ? "update" : "same", changes, replaces, deletesFirst };
    },

    async create(inputs) {
      return savingUnfinished(inputs, () =>
        explained("create", calledIn(inputs), async () => {
          const { id, outputs } = await definition.create(contextOf(inputs), inputsOf(inputs));
          successors.stays(outputs, inputsOf(inputs));
          return { id, state: stateOf(inputs, outputs) };
        }),
      );
    },

    async read(id, state) {
      return explained("read", id, async () => {
        if (state.owner === undefined) return look(id, state);
        const context = contextOf(state);
        const live = await definition.read(context, id, state);
        if (live instanceof Absent) return undefined;
        const inputs = declaredInputs(live.inputs, state);
        const drifted = driftOf(inputs, state);
        if (drifted.length > 0) {
          const fields = drifted.join(", ");
          context.warn(
            live.changedBy
              ? `${name} ${id}: ${fields} changed outside of this stack, by ${live.changedBy}.`
              : `${name} ${id} is not as this stack declares in ${fields}; nobody has written since it looked last.`,
          );
        }
        // In the state, so that a check for drift sees it, and the next update says what can be done.
        const belongsToOthers = live.belongsToOthers ? { belongsToOthers: true } : {};
        return shown({ ...inputs, ...pick(state, registrationKeys) }, { ...live.outputs, ...belongsToOthers });
      });
    },

    async update(id, state, declared) {
      return savingUnfinished(declared, () =>
        explained("update", id, async () => {
          const ignored = ignoredBy(declared);
          const outputs = await definition.update(
            contextOf(declared),
            id,
            {
              ...without(
                state,
                Object.keys(shape.fields).map((key) => [key]),
              ),
              ...leftOf(state, ignored),
            },
            leftOf(declared, ignored),
            inputsOf(state),
          );
          successors.stays(outputs, inputsOf(declared));
          return stateOf(declared, outputs);
        }),
      );
    },

    async delete(id, state) {
      const successor = successors.of(state, inputsOf(state));
      await explained("delete", id, () => definition.delete(contextOf(state), id, state, successor));
    },

    confidencesIn(properties) {
      // A value stays secret also in the state of a program that did not say so yet.
      const paths = secretPathsIn(properties);
      const isText = (path: PropertyPath) => texts.includes(String(path[0]));
      const at = (places: readonly PropertyPath[]) =>
        properties.flatMap((each) => places.flatMap((path) => textsIn(valueAt(each, path))));
      return {
        secrets: at(paths.filter((path) => !isText(path))),
        secretTexts: at(paths.filter(isText)),
        otherTexts: properties.flatMap((each) => textsIn(without(pick(each, texts), paths))),
      };
    },
  };

  /**
   * An object that the program only looks at. The engine makes nothing of an answer that there is none, unless it refreshes
   * what an earlier look has shown: then that goes out of the state, and the program's next run fails.
   */
  async function look(id: string, state: Properties): Promise<Found | undefined> {
    const { is, told } = definition.ids;
    if (!is(id)) throw new Error(`${JSON.stringify(id)} is no id of this kind. ${told}`);
    const live = await definition.read(contextOf(state), id, state);
    if (!(live instanceof Absent)) return shown({ ...nothing, ...live.inputs }, without(live.outputs, memory));
    if (Object.keys(shape.fields).some((key) => key in state)) return undefined;
    throw new Error(`There is no such object: ${live.words}\n${told}`);
  }

  function shown(inputs: Properties, outputs: object): Found {
    const state = stateOf(inputs, outputs);
    return { state, inputs: pick(state, [...Object.keys(shape.fields), ...registrationKeys]) };
  }

  /** Live values under the keys that the user had set; what steers the provider or cannot be read stays as it was. */
  function declaredInputs(live: Properties, state: Properties): Properties {
    const declared = inputsOf(state);
    const { effective = {} } = state as Partial<Remembered>;
    const found = declaredAsLive(shape, { live, declared, effective });
    return mapEntries(declared, (key, value) => (isSteering.has(key) || isSecret.has(key) ? value : found[key]));
  }

  function driftOf(inputs: Properties, state: Properties): string[] {
    const ignored = ignoredBy(state);
    const [now, before] = [leftOf(inputs, ignored), leftOf(state, ignored)];
    return Object.keys(shape.fields).filter((key) => !same(fieldOf(shape, key), now[key], before[key]));
  }
}

/** The name of a resource in the program. */
function nameOf({ owner }: Properties): string {
  return String(owner ?? "").replace(/^.*::/s, "");
}

const registrationKeys = ["owner", "ignoreChanges", "secretInputs"];

function ignoredBy({ ignoreChanges }: Properties): PropertyPath[] {
  return pathsIn(ignoreChanges);
}

function textsWithin(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsWithin) : [];
}
