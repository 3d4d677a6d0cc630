import * as pulumi from "@pulumi/pulumi";
import { expectReachable } from "./reachable.ts";

/** Arguments as a program gives them: each value, at any depth, may be an output of another resource. */
export type Args<Inputs> = { [Key in keyof Inputs]: pulumi.Input<Deep<Inputs[Key]>> };

/** The same with outputs inside. Not an `Input` by itself, so that an editor shows `Input<string>` and no name of ours. */
type Deep<T> = T extends Whole
  ? T
  : T extends readonly (infer Element)[]
    ? pulumi.Input<Deep<Element>>[]
    : T extends object
      ? { [Key in keyof T]: pulumi.Input<Deep<T[Key]>> }
      : T;

/** Objects of Pulumi's own classes. */
type Whole =
  | pulumi.asset.FileAsset
  | pulumi.asset.StringAsset
  | pulumi.asset.RemoteAsset
  | pulumi.asset.FileArchive
  | pulumi.asset.AssetArchive;

/** Values of a resource that exists; an argument that was left out is an output of `undefined`. */
export type Outputs<State> = { readonly [Key in keyof State]-?: pulumi.Output<State[Key]> };

/** What tells one class from another. */
interface Kind<Inputs, State> {
  /** Module and name of the type, such as `nsx:NsxSegment`. The name is what the provider's entry exports. */
  readonly type: `${string}:${string}`;
  /** All arguments. */
  readonly args: readonly (keyof Inputs & string)[];
  /** What the provider fills in. */
  readonly outputs: readonly (keyof State & string)[];
  /** Arguments that the state holds only encrypted. */
  readonly secrets?: readonly (keyof Inputs & string)[];
  /** What the provider keeps in the state, and that only encrypted, where the program gives the argument beside it. */
  readonly hidden?: Readonly<Record<string, keyof Inputs & string>>;
}

/** The class of a managed resource, to be extended by one that has a name and documentation. */
export interface ResourceClass<Inputs, State> {
  new (
    name: string,
    args: Args<Inputs>,
    options?: pulumi.CustomResourceOptions,
  ): pulumi.CustomResource & Outputs<Omit<Inputs, keyof State> & State>;
  /** The type's token, by which policies recognise the resource. */
  readonly __pulumiType: string;
  /** Whether a value is a resource of this class, also one made by another copy of this package. */
  isInstance(value: unknown): boolean;
}

/** An object that exists and that this stack only looks at, as a resource of that class. */
export function lookUp<Self>(
  type: new (name: string, args: never, options?: pulumi.CustomResourceOptions) => Self,
  name: string,
  id: pulumi.Input<pulumi.ID>,
  options?: pulumi.CustomResourceOptions,
): Self {
  // Without an id Pulumi's constructor would make an object.
  return new type(name, undefined as never, { ...options, id: id ?? "" });
}

/**
 * A class whose resources Pulumi's dynamic provider runs.
 *
 * `pulumi.dynamic.Resource` would serialize the provider's code into every state, where no upgrade could mend it. The
 * text here is a constant instead: it loads the installed package, whatever its version, and never differs.
 */
export function resourceClass<Inputs, State>(kind: Kind<Inputs, State>): ResourceClass<Inputs, State> {
  const { type, args: argumentNames, outputs, secrets = [], hidden: hiddenWith = {} } = kind;
  const token = `pulumi-nodejs:dynamic/${type}`;
  const __provider = `exports.handler=()=>require("pulumi-nginx-nsx/provider").${type.split(":")[1]}`;
  const unset = Object.fromEntries(outputs.map((output) => [output, undefined]));
  const unknown = Object.fromEntries([...argumentNames, ...outputs].map((key) => [key, undefined]));

  class Managed extends pulumi.CustomResource {
    static readonly __pulumiType = token;

    constructor(name: string, args: object | undefined, options: pulumi.CustomResourceOptions = {}) {
      if (options.import !== undefined) {
        // Shown without a stack trace.
        throw new pulumi.RunError(
          `${type} "${name}": Pulumi cannot import dynamic resources. Give the object's name in the arguments, and "adopt: true" to take it over.`,
        );
      }
      if (options.id === "" || options.id === null) {
        throw new pulumi.RunError(`${type} "${name}": the id of the object to look at is missing.`);
      }
      expectReachable(`${type} "${name}"`);
      // A lookup of what exists owns nothing, and says nothing about it.
      const isLookup = options.id !== undefined;
      const given: Record<string, unknown> = isLookup ? unknown : { ...unset, ...args };
      const owned = isLookup
        ? {}
        : { owner: ownerOf(token, name, options), ...leftToOthers(options), ...markedSecret(args, secrets) };
      const hidden = Object.fromEntries(
        secrets.filter((key) => !isLookup && key in given).map((key) => [key, pulumi.secret(given[key])]),
      );
      // Pulumi warns of one that the state does not have.
      const memory = Object.entries(hiddenWith).flatMap(([output, argument]) =>
        given[argument] === undefined ? [] : [output],
      );
      const additionalSecretOutputs = [
        ...(isLookup ? [] : secrets),
        ...memory,
        ...(options.additionalSecretOutputs ?? []),
      ];
      const resume = pauseStackTraces();
      try {
        super(token, name, { ...given, ...hidden, ...owned, __provider }, { ...options, additionalSecretOutputs });
      } finally {
        resume();
      }
      if (!isLookup) return;
      withoutNulls(this as unknown as Record<string, pulumi.Output<unknown>>, argumentNames);
      Object.assign(this, { id: knownId(options.id, this.urn) });
    }

    static override isInstance(value: unknown): value is Managed {
      return (value as { __pulumiType?: unknown } | undefined)?.__pulumiType === token;
    }
  }

  for (const name of argumentNames) Object.defineProperty(Managed.prototype, name, leftOut(name));
  return Managed as unknown as ResourceClass<Inputs, State>;
}

/**
 * An argument that the program left out is an output all the same, as in any Pulumi package. It is made when somebody
 * asks for it: made in advance, it would cost every resource several promises for each of its arguments.
 */
function leftOut(name: string): PropertyDescriptor & ThisType<object> {
  return {
    configurable: true,
    get: () => pulumi.output(undefined),
    set(value) {
      Object.defineProperty(this, name, { value, configurable: true, enumerable: true, writable: true });
    },
  };
}

/**
 * What an object does not have is `null` on the way from the provider, because Pulumi takes what is missing for unknown
 * in a preview. To a program it is `undefined`, as in a managed resource.
 */
function withoutNulls(resource: Record<string, pulumi.Output<unknown>>, names: readonly string[]): void {
  for (const name of names)
    resource[name] = (resource[name] as pulumi.Output<unknown>).apply((value) => value ?? undefined);
}

/**
 * The id by which the program looks, which is the object's. Newer versions of Pulumi (3.276) take it from the engine's
 * answer, which has none in a preview, and so for unknown.
 *
 * @param urn - by which the id waits for the read, and belongs to the resource
 */
function knownId(given: pulumi.Input<pulumi.ID> | undefined, urn: pulumi.Output<pulumi.URN>): pulumi.Output<unknown> {
  return pulumi.all([given, urn]).apply(([id]) => id);
}

/**
 * Paths that the program leaves to others. The engine keeps the option to itself and only resets those arguments, so the
 * provider could not tell somebody's change there from one that must stop an update.
 */
function leftToOthers({ ignoreChanges = [] }: pulumi.CustomResourceOptions): { ignoreChanges?: string[] } {
  return ignoreChanges.length > 0 ? { ignoreChanges } : {};
}

/**
 * Paths of arguments that the program has marked as secrets, but for those that always are. The engine keeps them so in
 * the state and hands the provider plain values, so the provider could not tell what its messages must not show. Nothing
 * is passed, and the state holds nothing of it, where none is marked.
 *
 * @param known - arguments that are secrets in any case
 */
function markedSecret(args: object = {}, known: readonly string[]): { secretInputs?: Promise<string[] | undefined> } {
  const open = Object.entries(args).filter(([key, value]) => !known.includes(key) && mayBeSecret(value));
  if (open.length === 0) return {};
  const paths = Promise.all(open.map(([key, value]) => secretPaths(value, key)));
  return { secretInputs: paths.then((found) => (found.flat().length > 0 ? found.flat() : undefined)) };
}

function mayBeSecret(value: unknown): boolean {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return true;
  return isPlain(value) && Object.values(value).some(mayBeSecret);
}

async function secretPaths(value: unknown, path: string): Promise<string[]> {
  if (pulumi.Output.isInstance(value)) {
    if (await pulumi.isSecret(value)) return [path];
    // What `apply` returns may have outputs inside of it, which Pulumi looks into as well.
    return secretPaths(await (value as unknown as { promise(): Promise<unknown> }).promise(), path);
  }
  if (value instanceof Promise) return secretPaths(await value, path);
  if (!isPlain(value)) return [];
  const found = await Promise.all(
    Object.entries(value).map(([key, item]) => secretPaths(item, `${path}[${JSON.stringify(key)}]`)),
  );
  // The provider puts lists in an order of its own, so one with a secret in it is one.
  return Array.isArray(value) && found.flat().length > 0 ? [path] : found.flat();
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

/**
 * The organization and the URN, which a resource cannot read from itself while it is constructed. Passed as a promise:
 * as an output it would depend on the parent component, and two siblings would wait for each other for ever.
 */
function ownerOf(type: string, name: string, { parent }: pulumi.CustomResourceOptions): Promise<string> {
  const owner = organization();
  return new Promise((resolve) => {
    const own = (urn: string) => inTurn(() => resolve(`${owner}/${urn}`));
    // `createUrn` makes some thirty promises, also where there is nothing to wait for.
    if (parent) pulumi.createUrn(name, type, parent).apply(own);
    else own(`urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}::${type}::${name}`);
  });
}

/** Resources that a program has made and that are not let go yet. */
const waiting: (() => void)[] = [];

const perTurn = 8;

/**
 * Lets resources go a few in each turn of the event loop. A program makes all of them in one go, and Pulumi would prepare
 * them in step: the engine would hear of the first one when the last is ready. So engine and provider begin meanwhile,
 * which takes a fifteenth off the preview of a thousand. Nobody waits for anybody else's registration, so no order of
 * dependencies can block it.
 */
function inTurn(go: () => void): void {
  if (waiting.push(go) === 1) setImmediate(takeTurn);
}

function takeTurn(): void {
  for (const go of waiting.splice(0, perTurn)) go();
  if (waiting.length > 0) setImmediate(takeTurn);
}

/** Pulumi throws where there is none: in a program that is tested with mocks. */
function organization(): string {
  try {
    return pulumi.getOrganization();
  } catch {
    return "organization";
  }
}

/**
 * Pulumi takes a stack trace for every promise, several for each property, which costs a third of a preview; and one
 * without limit for each resource, whose frames inside this package and Pulumi's would fill a fifth of the state and name
 * folders of this machine. It sets the limit itself, so the limit is made to ignore that: V8 looks at plain values only.
 */
function pauseStackTraces(): () => void {
  const before = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit");
  Object.defineProperty(Error, "stackTraceLimit", { configurable: true, get: () => 0, set: () => {} });
  return () => {
    if (before) Object.defineProperty(Error, "stackTraceLimit", before);
    else Reflect.deleteProperty(Error, "stackTraceLimit");
  };
}
