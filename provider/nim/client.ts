import { z } from "zod";
import type { Context, System } from "../core/operation.ts";
import type { Clock } from "../travel/clock.ts";
import { unlessAbsent } from "../travel/errors.ts";
import { parseAnswer, understood } from "../travel/http.ts";
import { stringifyJson } from "../travel/json.ts";
import { createServerTime } from "../travel/serverTime.ts";
import type { TimeLimit } from "../travel/timeLimit.ts";
import type { Request } from "../travel/transport.ts";
import type { NimSettings } from "./settings.ts";
import { type NimNetwork, nimName as system, wayToNim } from "./way.ts";

export type Json = Record<string, unknown>;

const object = z.record(z.string(), z.unknown());

/** The body of what is answered by the status alone. Where somebody says more, only a look can tell what was done. */
const nothing = z.undefined();

const page = z.looseObject({
  items: z.array(object).default([]),
  itemsPerPage: z.number().positive().optional().catch(undefined),
  pageToken: z.string().optional(),
});

/** The part of NGINX Instance Manager's API that the resources need. Paths begin after the base path. */
export interface NimClient {
  /** Where the API begins; references between objects are whole paths. */
  readonly basePath: string;
  /** Whether a tag belongs to another system, and is neither shown nor removed (`nim:ignoreTags`). */
  isSystemTag(tag: string): boolean;
  /** NIM's time at a moment of ours, as far as its answers tell. */
  serverTimeAt(ours: number): number;
  /** @throws an ApiError of kind `gone` when NIM says that this very object does not exist */
  read(path: string): Promise<Json>;
  /** The object, or `undefined` only when NIM says that this very object does not exist. */
  find(path: string): Promise<Json | undefined>;
  /** @param looksFirst - whether it is not sent again before a look, since a second one makes a second object */
  post(path: string, body: Json, looksFirst?: boolean): Promise<Json>;
  put(path: string, body: Json): Promise<Json>;
  patch(path: string, body: Json): Promise<Json>;
  delete(path: string): Promise<void>;
  /** Everything in a list, page by page under one token ("The token ensures consistent query results"). */
  list(path: string): Promise<Json[]>;
  /** A path from the host's root, as NIM gives it in `links.rel`. */
  follow(rel: string): Promise<Json | undefined>;
}

export type NimContext = Context<NimClient>;

/** What NIM answered at a path, in a known form. @throws for another one; what became of a write, only a look can tell */
export function understoodAt<T>(path: string, answer: Json, schema: z.ZodType<T>): T {
  return understood(`${path} was answered with`, answer, schema, system);
}

const pageSize = 100;

/** More objects than any NIM has. */
const longestList = 100_000;

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

  function clientWithin(limit: TimeLimit): NimClient {
    async function call<T>(
      schema: z.ZodType<T>,
      method: Request["method"],
      path: string,
      body?: Json,
      looksFirst = false,
    ): Promise<T> {
      const type: Record<string, string> = body ? { "content-type": "application/json" } : {};
      const request: Request = {
        method,
        path,
        headers: { accept: "application/json", ...type },
        ...(body ? { body: stringifyJson(body) } : {}),
        about: path,
        looksFirst,
        limit,
      };
      return parseAnswer(request, (await send(request)).body, schema, system);
    }

    const readAt = (path: string) => call(object, "GET", path);

    const at = (path: string) => `${config.basePath}${path}`;
    return {
      basePath: config.basePath,
      isSystemTag: config.ignoreTags,
      serverTimeAt: serverTime.at,
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
      post: (path, body, looksFirst) => call(object, "POST", at(path), body, looksFirst),
      put: (path, body) => call(object, "PUT", at(path), body),
      patch: (path, body) => call(object, "PATCH", at(path), body),
      delete: async (path) => {
        await call(nothing, "DELETE", at(path));
      },
      async list(path) {
        const found: Json[] = [];
        let before: string | undefined;
        for (let number = 1, token = ""; ; number += 1) {
          const query = `page=${number}&pageSize=${pageSize}${token && `&pageToken=${encodeURIComponent(token)}`}`;
          const { items, pageToken = token, itemsPerPage = pageSize } = await call(page, "GET", `${at(path)}?${query}`);
          // A server that knows no pages answers with everything each time.
          const now = stringifyJson(items);
          if (now === before) return found;
          before = now;
          found.push(...items);
          token = pageToken;
          if (items.length === 0 || items.length < itemsPerPage) return found;
          if (found.length > longestList) {
            throw new Error(`The list ${path} does not end: ${found.length} objects, and still more.`);
          }
        }
      },
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
