import { z } from "zod";
import { inWords } from "../travel/inWords.ts";
import { byNearness } from "../travel/nearest.ts";
import { isRecord } from "./shape.ts";

type Properties = Record<string, unknown>;

/** What one query works with. */
export interface QueryContext<Client> {
  /** The system's API, good until the query's time is up. */
  readonly client: Client;
  /** Whether only what is asked for from now on will do: the query waited for resources that were just written. */
  readonly isFresh: boolean;
}

/** A question to a system that changes nothing, such as what is called so. */
export interface QueryDefinition<Client, Args extends object, Result> {
  /** The system that is asked, by the name that its configuration has. */
  readonly system: string;
  /** The function's name in the SDK, such as `getTransportZone`. */
  readonly name: string;
  /** Strict: a key that is not in it is refused. */
  readonly args: z.ZodObject;
  /** Asks. Whatever it throws is shown to the user, after the name of the query if it is a {@link QueryError}. */
  ask(context: QueryContext<Client>, args: Args): Promise<Result>;
}

/** A definition as whoever serves it sees it, its types checked and put aside. */
export type Query = QueryDefinition<unknown, Properties, unknown>;

/** What is wrong with this very question or its answer, and not with the way there. */
export class QueryError extends Error {
  override readonly name = "QueryError";
}

export function defineQuery<Client, Args extends object, Result>(
  definition: QueryDefinition<Client, Args, Result>,
): Query {
  return definition as unknown as Query;
}

/** Asks with what a program gave. `undefined` and `null` mean "not given". @throws a {@link QueryError} for wrong arguments */
export async function ask(query: Query, context: QueryContext<unknown>, given: unknown): Promise<unknown> {
  try {
    return await query.ask(context, checked(query, given));
  } catch (error) {
    if (error instanceof QueryError) error.message = `${query.name}: ${error.message}`;
    throw error;
  }
}

function checked({ args }: Query, given: unknown): Properties {
  const criteria = given ?? {};
  if (!isRecord(criteria)) {
    const sort = Array.isArray(given) ? "a list" : `a ${typeof given}`;
    const names = Object.keys(args.shape).join(", ");
    throw new QueryError(`its argument is ${sort}, and must be an object${names && ` with ${names}`}.`);
  }
  const stated = Object.entries(criteria).filter(([, value]) => value !== undefined && value !== null);
  const { data, error } = args.safeParse(Object.fromEntries(stated), { error: inWords });
  if (data) return data as Properties;
  throw new QueryError(error.issues.flatMap((issue) => problemsOf(issue, args)).join(" "));
}

function problemsOf(issue: z.core.$ZodIssue, args: z.ZodObject): string[] {
  const place = issue.path.join(".");
  if (issue.code === "invalid_key") return issue.issues.map(({ message }) => `${place}: ${message}.`);
  if (issue.code !== "unrecognized_keys") return [place ? `${place}: ${issue.message}.` : `${issue.message}.`];
  const inside = issue.path.reduce<unknown>((schema, key) => fieldsOf(schema)[String(key)], args);
  const known = Object.keys(fieldsOf(inside));
  return issue.keys.map((key) => {
    const [nearest] = byNearness(key, known);
    return `There is no argument ${[...issue.path, key].join(".")}; ${nearest} is the nearest of ${known.join(", ")}.`;
  });
}

function fieldsOf(schema: unknown): Record<string, unknown> {
  if (schema instanceof z.ZodOptional) return fieldsOf(schema.unwrap());
  return schema instanceof z.ZodObject ? schema.shape : {};
}
