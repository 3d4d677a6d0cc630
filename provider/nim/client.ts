import { z } from "zod";
import { createKeptAnswers, type KeptAnswers } from "../core/keptAnswers.ts";
import type { Context, System } from "../core/operation.ts";
import type { Clock } from "../travel/clock.ts";
import { ConnectionError, unlessAbsent } from "../travel/errors.ts";
import { parseAnswer, understood } from "../travel/http.ts";
import { stringifyJson } from "../travel/json.ts";
import { createServerTime } from "../travel/serverTime.ts";
import { brief, type TimeLimit, within } from "../travel/timeLimit.ts";
import type { Request } from "../travel/transport.ts";
import { pageForm, readList } from "./lists.ts";
import type { NimSettings } from "./settings.ts";
import { type NimNetwork, nimName as system, wayToNim } from "./way.ts";

export type Json = Record<string, unknown>;

const object = z.record(z.string(), z.unknown());

/** The body of what is answered by the status alone. Where somebody says more, only a look can tell what was done. */
const nothing = z.undefined("it should be empty");

/** The part of NGINX Instance Manager's API that resources and queries need. Paths begin after the base path. */
export interface NimClient {
  /** Where the API begins; references between objects are whole paths. */
  readonly basePath: string;
  /** Whether a tag belongs to another system, and is neither shown nor removed (`nim:ignoreTags`). */
  isSystemTag(tag: string): boolean;
  /** NIM's time at a moment of ours, as far as its answers tell. */
  serverTimeAt(ours: number): number;
  /** @throws an ApiError of kind `gone` when NIM says that this very object does not exist */
  read(path: string): Promise<Json>;
  /** NIM's time now. */
  serverTime(): number;
  /** The object, or `undefined` only when NIM says that this very object does not exist. */
  find(path: string): Promise<Json | undefined>;
  post(path: string, body: Json): Promise<Json>;
  /** The same where each one that is carried out makes an object more, whatever is there: it is sent once. */
  add(path: string, body: Json): Promise<Json>;
  /** NIM has no revisions: what is put off (429, 503) is not sent again, for others may have written since it was read. */
  put(path: string, body: Json): Promise<Json>;
  /** As {@link NimClient.put}. */
  patch(path: string, body: Json): Promise<Json>;
  delete(path: string): Promise<void>;
  /** Everything in a list. @throws where that cannot be told ({@link readList}) */
  list(path: string): Promise<Json[]>;
  /**
   * The same for queries, of which many share one reading.
   *
   * @param isFresh - whether it must have been read after this call
   * @param most - so many from its beginning will do
   */
  sharedList(path: string, isFresh: boolean, most?: number): Promise<readonly Json[]>;
  /** What is at a path, for queries, of which many share one answer. @throws also where there is nothing */
  sharedRead(path: string, isFresh: boolean): Promise<Json>;
  /** Runs what reads and writes at a path after whatever this process does so there already. */
  inTurn<T>(path: string, run: () => Promise<T>): Promise<T>;
  /** Paths that have turned out, in this process, to lead to nothing that would help. */
  readonly lacks: Set<string>;
  /** The same for something that may as well be left out: good for so many seconds at most, and for a part of what is left. */
  briefly(seconds: number): NimClient;
  /** A path from the host's root, as NIM gives it in `links.rel`. */
  follow(rel: string): Promise<Json | undefined>;
}

export type NimContext = Context<NimClient>;

/** What NIM answered at a path, in a known form. @throws for another one; what became of a write, only a look can tell */
export function understoodAt<T>(path: string, answer: Json, schema: z.ZodType<T>): T {
  return understood(`${path} was answered with`, answer, schema, system);
}

/** Another object than the one that was asked for, as somebody else may answer; only a look can tell then. */
export const notThis = (place: string) =>
  new ConnectionError(`NIM answered with something that is not ${place}; is there a proxy before it?`, true);

/**
 * NGINX Instance Manager as configured.
 *
 * @param keepSecret - told what no message may show
 */
export function connectNim(
  config: NimSettings,
  clock: Clock,
  keepSecret: (secret: string) => void,
  network: NimNetwork,
): System<NimClient> {
  const { endpoint } = config;
  const serverTime = createServerTime(clock);
  const { send } = wayToNim(config, clock, serverTime, keepSecret, network);

  async function call<T>(
    limit: TimeLimit,
    schema: z.ZodType<T>,
    method: Request["method"],
    path: string,
    body?: Json,
    more: Pick<Request, "afterLook"> = {},
  ): Promise<T> {
    const type: Record<string, string> = body ? { "content-type": "application/json" } : {};
    const request: Request = {
      method,
      path,
      headers: { accept: "application/json", ...type },
      ...(body ? { body: stringifyJson(body) } : {}),
      about: path,
      ...more,
      limit,
    };
    return parseAnswer(request, (await send(request)).body, schema, system);
  }

  const lacks = new Set<string>();
  const turns = new Map<string, Promise<unknown>>();
  const at = (path: string) => `${config.basePath}${path}`;
  const readAll = (path: string, limit: TimeLimit, most?: number) =>
    readList({ clock, fetch: (page) => call(limit, pageForm, "GET", at(page)) }, path, most);
  const lists = createKeptAnswers<readonly Json[]>(clock, readAll);
  const answers = createKeptAnswers(clock, (path, limit) => call(limit, object, "GET", at(path)));
  /** Beginnings of lists, by how long they are. */
  const beginnings = new Map<number, KeptAnswers<readonly Json[]>>();
  function listsOf(most: number): KeptAnswers<readonly Json[]> {
    const known = beginnings.get(most) ?? createKeptAnswers(clock, (path, limit) => readAll(path, limit, most));
    beginnings.set(most, known);
    return known;
  }

  function clientWithin(limit: TimeLimit): NimClient {
    const readAt = (path: string) => call(limit, object, "GET", path);

    return {
      basePath: config.basePath,
      inTurn(path, run) {
        const before = turns.get(path);
        const turn = within(limit, `an earlier write of ${path} had not ended`, () => Promise.allSettled([before]));
        const own = turn.then(run);
        turns.set(path, Promise.allSettled([before, own]));
        return own;
      },
      lacks,
      briefly: (seconds) => clientWithin(brief(clock, limit, seconds)),
      isSystemTag: config.ignoreTags,
      serverTimeAt: serverTime.at,
      serverTime: () => serverTime.at(clock.now()),
      read: (path) => readAt(at(path)),
      find: (path) => unlessAbsent(readAt(at(path))),
      async follow(rel) {
        // Whoever answers with another host there must not get the password.
        if (!isOwnPath(rel, endpoint)) {
          throw new Error(`NIM links to ${rel}, which is no path of its own. It is not followed.`);
        }
        try {
          return await unlessAbsent(readAt(rel));
        } catch (error) {
          if (error instanceof Error && !rel.startsWith(at("/"))) {
            error.message += ` That link of NIM's is not below nim:basePath (${config.basePath}): the path at which a reverse proxy has NIM belongs in nim:endpoint.`;
          }
          throw error;
        }
      },
      post: (path, body) => call(limit, object, "POST", at(path), body),
      add: (path, body) => call(limit, object, "POST", at(path), body, { afterLook: true }),
      put: (path, body) => call(limit, object, "PUT", at(path), body, { afterLook: true }),
      patch: (path, body) => call(limit, object, "PATCH", at(path), body, { afterLook: true }),
      delete: async (path) => {
        await call(limit, nothing, "DELETE", at(path));
      },
      list: (path) => readAll(path, limit),
      sharedList: (path, isFresh, most = Number.POSITIVE_INFINITY) =>
        (most === Number.POSITIVE_INFINITY ? lists : listsOf(most)).get(path, limit, isFresh),
      sharedRead: (path, isFresh) => answers.get(path, limit, isFresh),
    };
  }

  return { timeout: config.timeout, clientWithin, close: async () => {} };
}

/** Whether a text is a path on that host, and as a URL still the same one. */
function isOwnPath(text: string, endpoint: string): boolean {
  if (!URL.canParse(text, endpoint)) return false;
  const { origin, pathname, search } = new URL(text, endpoint);
  return origin === new URL(endpoint).origin && pathname + search === text;
}
