import { z } from "zod";
import type { Clock } from "../clock.ts";
import type { NsxConfig } from "../config.ts";
import { hasStatus } from "../errors.ts";
import { createHttp, parseAnswer, type Request, type Transport, undiciTransport } from "../http.ts";
import type { Context, System } from "../resource.ts";
import { createSession } from "./session.ts";
import type { WireObject } from "./wire.ts";

/** What every object of the Policy API says about itself. */
const policyObject = z.looseObject({
  path: z.string(),
  _revision: z.number(),
  unique_id: z.string().optional(),
  _create_user: z.string().optional(),
  _last_modified_user: z.string().optional(),
  _last_modified_time: z.number().optional(),
});

export type PolicyObject = z.output<typeof policyObject> & WireObject;

export type NsxContext = Context<NsxClient>;

const realizedStatus = z.looseObject({
  consolidated_status: z.looseObject({ consolidated_status: z.string() }),
});

const alarms = z.looseObject({
  results: z
    .array(z.looseObject({ alarms: z.array(z.looseObject({ message: z.string().optional() })).optional() }))
    .default([]),
});

const errorBody = z.object({
  error_code: z.union([z.number(), z.string()]).optional(),
  error_message: z.string(),
  details: z.string().optional(),
  related_errors: z.array(z.object({ error_message: z.string() })).optional(),
});

/** The endpoints of the Policy API that the resources need. Paths are intent paths, such as `/infra/segments/web`. */
export interface NsxClient {
  readonly onConflict: NsxConfig["onConflict"];
  get(path: string): Promise<PolicyObject>;
  /** Without `_revision` only creates, with it only replaces that very revision (guide: "Optimistic Concurrency"). */
  put(path: string, body: WireObject): Promise<PolicyObject>;
  delete(path: string): Promise<void>;
  /** SUCCESS, IN_PROGRESS, ERROR, UNKNOWN or UNINITIALIZED, over all enforcement points. */
  realizationOf(path: string): Promise<string>;
  /** The messages of the alarms on what was realized from an intent. */
  alarmsOf(path: string): Promise<string[]>;
}

/** NSX as configured. @param transport - in place of the network */
export function connectNsx(config: NsxConfig, clock: Clock, transport?: Transport): System<NsxClient> {
  const limits = { requestsPerSecond: config.maxRequestsPerSecond, concurrency: config.maxConcurrency };
  const network = transport ?? undiciTransport(config.endpoint, config, config.maxConcurrency);
  const http = createHttp({ system: "NSX", endpoint: config.endpoint, limits, clock, transport: network, parseError });
  const session = createSession(config, http);

  function clientUntil(deadline: number): NsxClient {
    async function call<T>(
      schema: z.ZodType<T>,
      method: Request["method"],
      path: string,
      body?: WireObject,
    ): Promise<T> {
      const type: Record<string, string> = body ? { "content-type": "application/json" } : {};
      const request: Request = {
        method,
        path: `/policy/api/v1${path}`,
        headers: { accept: "application/json", ...type },
        ...(body ? { body: JSON.stringify(body) } : {}),
        deadline,
      };
      const answer = await session.send(request);
      return parseAnswer(request, answer.body, schema, "NSX");
    }

    return {
      onConflict: config.onConflict,
      get: (path) => call(policyObject, "GET", encodePath(path)),
      put: (path, body) => call(policyObject, "PUT", encodePath(path), body),
      delete: async (path) => {
        await call(z.unknown(), "DELETE", encodePath(path));
      },
      async realizationOf(path) {
        const status = await call(realizedStatus, "GET", realizedStatePath(path, "status"));
        return status.consolidated_status.consolidated_status;
      },
      async alarmsOf(path) {
        const entities = await call(alarms, "GET", realizedStatePath(path, "realized-entities"));
        return entities.results.flatMap((entity) => entity.alarms ?? []).flatMap(({ message }) => message ?? []);
      },
    };
  }

  return { timeout: config.timeout, clientUntil, close: () => session.end() };
}

/** The object, or `undefined` only when NSX says that this very object does not exist. */
export async function findObject(client: NsxClient, path: string): Promise<PolicyObject | undefined> {
  try {
    return await client.get(path);
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}

/** Realization is asked for in the same tree as the intent: the default one or that of a project. */
function realizedStatePath(path: string, kind: string): string {
  const tree = path.slice(0, path.indexOf("/infra/"));
  return `${encodePath(tree)}/infra/realized-state/${kind}?intent_path=${encodeURIComponent(path)}`;
}

function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

/** NSX's error body; code and words of related errors say more than the general one above them. */
function parseError(body: string): { code?: string; words: string } | undefined {
  try {
    const { error_code, error_message, details, related_errors } = errorBody.parse(JSON.parse(body));
    const words = [error_message, details, ...(related_errors ?? []).map((related) => related.error_message)];
    return {
      ...(error_code === undefined ? {} : { code: String(error_code) }),
      words: words.filter(Boolean).join(" "),
    };
  } catch {
    return undefined;
  }
}
