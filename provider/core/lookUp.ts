import type { z } from "zod";
import { byNearness } from "../travel/nearest.ts";
import { defineQuery, type Query, type QueryContext, QueryError } from "./query.ts";

/** One kind of object that is found by what is known of it. */
export interface LookUp<Client, Args extends object, Found extends object> {
  /** The system that is asked. */
  readonly system: string;
  /** `TransportZone` is asked for by `getTransportZone`, and several by `getTransportZones`. */
  readonly name: string;
  /** What messages call one, and several. */
  readonly words: readonly [one: string, many: string];
  readonly args: z.ZodObject;
  /** Arguments that say where to look, and not what for. */
  readonly places: readonly string[];
  /** What tells one object from all others in any case, for messages: `one's path`. */
  readonly surely: string;
  /** Where objects lie that are not looked at, and what finds them, for the message that there is none. */
  readonly elsewhere?: string;
  /** Where the objects lie, as messages say it. @throws a {@link QueryError} where there can be no such place */
  placeOf(args: Args): string;
  /** Makes criteria of criteria that only another question answers. @throws a {@link QueryError} where it has no answer */
  resolve?(context: QueryContext<Client>, args: Args): Promise<Args>;
  /** All that is there. What is not known of an object yet, {@link complete} finds out. */
  all(context: QueryContext<Client>, args: Args): Promise<readonly Found[]>;
  /** Whether an object meets all criteria; one that is not known of it yet is met. */
  fits(object: Found, args: Args, context: QueryContext<Client>): boolean;
  /** Asks for what the list does not say of an object. */
  complete?(context: QueryContext<Client>, object: Found): Promise<Found>;
  /** What a person needs to choose this one. */
  described(object: Found): string;
  /** Criteria that are texts, by which the nearest objects are found: the first that is given. */
  readonly texts: readonly (keyof Args & keyof Found & string)[];
  /** By what several are put in order, whatever the server's own is: who takes them by number finds the same ones again. */
  orderOf(object: Found): string;
}

/** Objects that an error names. */
const candidates = 10;

/** The two queries of one kind: for one object, and for all that fit. */
export function lookUps<Client, Args extends object, Found extends object>(
  kind: LookUp<Client, Args, Found>,
): readonly [one: Query, all: Query] {
  const { system, args, places, described } = kind;
  const [one, many] = kind.words;
  const isCriterion = (name: string) => !places.includes(name);
  const names = Object.keys(args.shape).filter(isCriterion);

  async function ask(context: QueryContext<Client>, asked: Args) {
    const meant = (await kind.resolve?.(context, asked)) ?? asked;
    const all = await kind.all(context, meant);
    const isMeant = (object: Found) => kind.fits(object, meant, context);
    const known = all.filter(isMeant);
    const { complete } = kind;
    const fitting = complete ? await Promise.all(known.map((object) => complete(context, object))) : known;
    return { all, fitting: fitting.filter(isMeant) };
  }

  /** The criteria in words: `displayName "web" and tag {"tag":"prod"}`. */
  function wantedIn(asked: Args): string {
    const given = Object.entries(asked).filter(([name]) => isCriterion(name));
    return given.map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(" and ");
  }

  function listed(objects: readonly Found[]): string {
    const more = objects.length - candidates;
    const lines = objects.slice(0, candidates).map((object) => `  ${described(object)}`);
    return [...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join("\n");
  }

  function nearest(all: readonly Found[], asked: Args): readonly Found[] {
    const name = kind.texts.find((text) => asked[text] !== undefined);
    if (name === undefined) return all;
    const textOf = (object: Found) => String(object[name]);
    const order = byNearness(String(asked[name]), [...new Set(all.map(textOf))]);
    const place = new Map(order.map((text, i) => [text, i]));
    return all.toSorted((a, b) => (place.get(textOf(a)) ?? 0) - (place.get(textOf(b)) ?? 0));
  }

  return [
    defineQuery<Client, Args, Found>({
      system,
      name: `get${kind.name}`,
      args,
      async ask(context, asked) {
        const wanted = wantedIn(asked);
        if (wanted === "") throw new QueryError(`say which ${one}: by ${names.join(", ")}.`);
        const place = kind.placeOf(asked);
        let answer = await ask(context, asked);
        // A list that was read a while ago proves nothing of what may have been made since.
        if (answer.fitting.length === 0) answer = await ask({ ...context, isFresh: true }, asked);
        const { all, fitting } = answer;
        const [first, ...others] = fitting;
        if (first && others.length === 0) return first;
        if (first) {
          throw new QueryError(
            `${fitting.length} ${many} in ${place} have ${wanted}. Name more of what tells them apart, or ${kind.surely}:\n${listed(fitting)}`,
          );
        }
        const elsewhere = kind.elsewhere ? ` ${kind.elsewhere}` : "";
        const none = `no ${one} in ${place} has ${wanted}.${elsewhere}`;
        if (all.length === 0) throw new QueryError(`${none} There are none at all that this account may see.`);
        throw new QueryError(`${none} There ${all.length === 1 ? "is" : "are"}:\n${listed(nearest(all, asked))}`);
      },
    }),
    defineQuery<Client, Args, readonly Found[]>({
      system,
      name: `get${kind.name}s`,
      args,
      ask: async (context, asked) =>
        (await ask(context, asked)).fitting.toSorted((a, b) => (kind.orderOf(a) < kind.orderOf(b) ? -1 : 1)),
    }),
  ];
}
