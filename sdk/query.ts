import * as pulumi from "@pulumi/pulumi";
import type { Queries, Question, Settings } from "../provider/pulumi/queries.ts";
import { isProvider, settingsOf } from "./provider.ts";
import type { Args } from "./resource.ts";

/** Whom a query asks, where it is not what the stack's configuration says. */
export interface QueryOptions {
  /** A {@link Provider}: its settings, and nothing of the stack's. */
  provider?: pulumi.ProviderResource;
  /** A component, whose provider is asked where it has one. */
  parent?: pulumi.Resource;
}

/** A query that has its answer when it is awaited. */
export type Get<Criteria, Result> = (args: Criteria, options?: QueryOptions) => Promise<Result>;

/** One that asks for all where it has no criteria. */
export type GetAll<Criteria, Result> = (args?: Criteria | null, options?: QueryOptions) => Promise<Result>;

/** A query whose arguments may be outputs; so is its result, which is unknown in a preview as long as they are. */
export type GetOutput<Criteria, Result> = (
  args: Args<Criteria>,
  options?: pulumi.InvokeOutputOptions,
) => pulumi.Output<Result>;

/** One of them that asks for all where it has no criteria. */
export type GetAllOutput<Criteria, Result> = (
  args?: Args<Criteria> | null,
  options?: pulumi.InvokeOutputOptions,
) => pulumi.Output<Result>;

/** @param name - of the function, which is the query's */
export function queryOf<Criteria extends object, Result>(name: string): GetAll<Criteria, Result> {
  return async (args, options = {}) => {
    const given = pulumi.Output.isInstance(args) ? { "its argument": args } : (args ?? {});
    const held = Object.entries(given).flatMap(([key, value]) => (pulumi.Output.isInstance(value) ? [key] : []));
    if (held.length > 0) {
      throw new pulumi.RunError(
        `${name}: ${held.join(", ")} is an output here. Use ${name}Output, which takes outputs.`,
      );
    }
    const settings = await knownValue(settingsFor(name, options));
    if (settings === undefined) {
      throw new pulumi.RunError(
        `${name}: the settings of its provider are not known before the run that makes what they come from, so nobody can be asked in this preview. Use ${name}Output, whose result is unknown until then.`,
      );
    }
    return (await ask({ name, args: args as Question["args"], settings, isFresh: false, isSecret: false })) as Result;
  };
}

/** @param name - of the query, without `Output` */
export function outputOf<Criteria extends object, Result>(name: string): GetAllOutput<Criteria, Result> {
  return (args, options = {}) => {
    const given = pulumi.output(args) as unknown as InnerOutput<Question["args"]>;
    const settings = settingsFor(name, options);
    const there = pulumi.output(waitedFor(given, settings, options.dependsOn));
    return pulumi
      .all([given, settings, there])
      .apply(async ([args, settings, { length }]) =>
        ask({ name, args, settings, isFresh: length > 0, isSecret: await pulumi.isSecret(given) }),
      ) as pulumi.Output<Result>;
  };
}

/** Of Pulumi's outputs what its types leave out. */
type InnerOutput<T> = pulumi.Output<T> & {
  promise(withUnknowns?: boolean): Promise<T>;
  readonly isKnown: Promise<boolean>;
  allResources(): Promise<ReadonlySet<pulumi.Resource>>;
};

/** `undefined` where it is not known yet. */
async function knownValue<T>(output: pulumi.Output<T>): Promise<T | undefined> {
  const inner = output as InnerOutput<T>;
  const value = await inner.promise();
  return (await inner.isKnown) ? value : undefined;
}

/** What Pulumi makes of resources in a preview: an id is unknown as long as there is no such object. */
type Existence = pulumi.Output<unknown>;

/**
 * Ids of all resources that the query waits for. What is looked for may be the work of one of them, of which a preview knows
 * the name before there is anything of that name: then the answer is unknown, as that of Pulumi's own functions is.
 */
async function waitedFor(
  given: InnerOutput<unknown>,
  settings: pulumi.Output<Settings>,
  dependsOn: pulumi.InvokeOutputOptions["dependsOn"],
): Promise<Existence[]> {
  const named = await knownValue(pulumi.output(dependsOn ?? []) as pulumi.Output<pulumi.Resource | pulumi.Resource[]>);
  const behind = await Promise.all([given, settings as InnerOutput<Settings>].map((each) => each.allResources()));
  const all = new Set([named ?? [], ...behind.map((resources) => [...resources])].flat().flatMap(withChildren));
  return [...all].flatMap((resource) => (pulumi.CustomResource.isInstance(resource) ? [resource.id] : []));
}

/** A component is done when all that it has made is. */
function withChildren(resource: pulumi.Resource): pulumi.Resource[] {
  const { __childResources: children = [] } = resource as { __childResources?: Iterable<pulumi.Resource> };
  return [resource, ...[...children].flatMap(withChildren)];
}

function settingsFor(name: string, { provider, parent }: QueryOptions): pulumi.Output<Settings> {
  const explicit = provider ?? parent?.getProvider("pulumi-nodejs:dynamic:Resource");
  if (!explicit) return pulumi.output(ofStack());
  // A password among them makes no secret of what is found with it.
  if (isProvider(explicit))
    return pulumi.output(systemOf(name)).apply((system) => pulumi.unsecret(settingsOf(explicit, system)));
  if (!provider) return pulumi.output(ofStack());
  throw new pulumi.RunError(`${name}: its provider must be a Provider of pulumi-nginx-nsx.`);
}

/** Of the stack as resources see it; outside of Pulumi there is none, and all settings come from the environment. */
function ofStack(): Settings {
  const all = Object.entries(pulumi.runtime.allConfig());
  return Object.fromEntries(all.filter(([key]) => /^n(?:sx|im):/.test(key)));
}

let loaded: Promise<Queries> | undefined;

/** The one place at which the SDK loads code of the provider, so that a program without queries loads none of it. */
async function load(): Promise<Queries> {
  const { programQueries } = await import("../provider/pulumi/queries.ts");
  return programQueries((message) => void pulumi.log.warn(message));
}

async function systemOf(name: string): Promise<string> {
  loaded ??= load();
  return (await loaded).systemOf(name);
}

/** Pulumi shows each error once, and one that many queries have in common, such as a wrong password, is one error. */
const shown = new Map<string, pulumi.RunError>();

/** @throws RunError, which Pulumi shows without a stack trace */
async function ask(question: Question): Promise<unknown> {
  loaded ??= load();
  const queries = await loaded;
  try {
    return await queries.ask(question);
  } catch (error) {
    const { message } = error as Error;
    const known = shown.get(message) ?? shownOnce(message);
    shown.set(message, known);
    throw known;
  }
}

function shownOnce(message: string): pulumi.RunError {
  const error = new pulumi.RunError(message);
  // Pulumi prints the stack, if there is one, of an error that it meets in a resource's arguments. There it also writes the
  // argument's name before the message, which would be wrong wherever else the error is met.
  return Object.defineProperties(error, {
    stack: { value: "", writable: true },
    message: { get: () => message, set() {} },
  });
}
