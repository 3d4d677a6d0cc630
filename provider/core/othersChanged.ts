// The second of the three questions: what have others changed, as the user sees it?
import { aligned } from "./aligned.ts";
import { namesOf, valueAt } from "./propertyPath.ts";
import { fieldOf, isAbsent, isRecord, mapEntries, type ObjectShape, type Shape, same } from "./shape.ts";

/**
 * What is there, seen through what was declared: only declared fields, elements in the declared order with foreign ones
 * last (Pulumi compares lists by index when it shows a difference), and the declared value itself where the live one means
 * the same, so that neither notation nor order ever shows as drift.
 */
export function throughDeclared(shape: Shape, live: unknown, declared: unknown): unknown {
  return view(shape, live, declared, true);
}

/**
 * The same without what may be others': of a list only elements that were declared, and where an API takes several of one
 * key only those that are as declared, for another one of that key may be somebody else's.
 */
export function declaredPart(shape: Shape, live: unknown, declared: unknown): unknown {
  return view(shape, live, declared, false);
}

function view(shape: Shape, live: unknown, declared: unknown, showsForeign: boolean): unknown {
  if (same(shape, live, declared)) return declared;
  if (shape.kind === "object" && isRecord(live) && isRecord(declared)) {
    return mapEntries(declared, (key, value) => view(fieldOf(shape, key), live[key], value, showsForeign));
  }
  if (shape.kind === "list" && Array.isArray(live) && Array.isArray(declared)) {
    const { element, keyOf } = shape;
    if (!keyOf) {
      return live.map((item, index) =>
        index < declared.length ? view(element, item, declared[index], showsForeign) : item,
      );
    }
    const elements = aligned(shape, { declared, live });
    const isOurs = (item: unknown, now: unknown) => showsForeign || !shape.manyPerKey || same(element, item, now);
    const kept = [...elements.declared].flatMap(([key, item]) => {
      const now = elements.live.get(key);
      return now !== undefined && isOurs(item, now) ? [view(element, now, item, showsForeign)] : [];
    });
    const foreign = [...elements.live].filter(([key]) => !elements.declared.has(key)).map(([, item]) => item);
    return shape.open || !showsForeign ? kept : [...kept, ...foreign];
  }
  return live ?? (shape.kind === "value" ? shape.whenAbsent : undefined);
}

/**
 * The declared arguments as they are on the server. Where the server had made something else of one, that counts as it.
 *
 * @param effective - what the server made of declared fields, by path
 */
export function declaredAsLive(
  shape: ObjectShape,
  { live, declared, effective }: { live: Fields; declared: Fields; effective: Fields },
): Record<string, unknown> {
  const asLive = (shape: Shape, path: string, live: unknown, declared: unknown): unknown => {
    const made = effective[path];
    if (made !== undefined && same(shape, live, made)) return declared;
    if (shape.kind !== "object" || !isRecord(live) || !isRecord(declared))
      return throughDeclared(shape, live, declared);
    return mapEntries(declared, (key, value) => asLive(fieldOf(shape, key), `${path}.${key}`, live[key], value));
  };
  return mapEntries(declared, (key, value) => asLive(fieldOf(shape, key), key, live[key], value));
}

type Fields = Readonly<Record<string, unknown>>;

/** Whether what is there is what was declared, as far as it was declared. */
export function isAsDeclared(shape: Shape, live: unknown, declared: unknown): boolean {
  return same(shape, throughDeclared(shape, live, declared), declared);
}

interface Answered extends Record<"applied" | "declared" | "sent" | "answer" | "before", Fields> {
  readonly fixed: readonly string[];
  readonly isShown?: boolean;
}

/**
 * What the server has made of what was sent, by path: of fields that were not declared the value it filled in, of declared
 * ones what it has put in their place. Only what can be told for the server's doing, and not for somebody's change.
 *
 * @param applied - what was declared when `before` was told
 * @param sent - the whole body
 * @param before - what was told so of an earlier answer
 * @param fixed - paths of fields that cannot change, which are told in any case
 * @param isShown - whether the user has been shown the answer, as by a refresh: then what others have set counts as well
 */
export function effectiveValues(
  shape: ObjectShape,
  { applied, declared, sent, answer, before, fixed, isShown = false }: Answered,
): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const look = (shape: Shape, path: string, declared: unknown, sent: unknown, answer: unknown): void => {
    if (shape.kind === "object" && isRecord(answer)) {
      for (const [key, field] of Object.entries(shape.fields)) {
        const of = (value: unknown) => (isRecord(value) ? value[key] : undefined);
        look(field, path ? `${path}.${key}` : key, of(declared), of(sent), of(answer));
      }
      return;
    }
    if (isAbsent(shape, answer)) return;
    // What was told of a field that was not declared then says nothing of what the server makes of a declared one.
    const wasDeclared = valueAt(applied, namesOf(path)) !== undefined;
    const isAsBefore = wasDeclared === (declared !== undefined) && same(shape, answer, before[path]);
    const isServers =
      declared === undefined
        ? sent === undefined || isShown || fixed.includes(path) || isAsBefore
        : !isAsDeclared(shape, answer, declared) && (isAsBefore || !isAsDeclared(shape, answer, sent));
    if (isServers) found[path] = answer;
  };
  look(shape, "", declared, sent, answer);
  return found;
}
