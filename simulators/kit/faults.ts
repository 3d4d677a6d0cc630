import { matches, type Pattern } from "./matcher.ts";
import { ConnectionReset, json, type SimRequest, type SimResponse } from "./types.ts";

/**
 * What goes wrong. `when: "before"` means that nothing was committed, `"after"` that the request was carried out and
 * only its answer was lost: to the client both look the same, and that is the point.
 */
export type Fault =
  | {
      kind: "respond";
      when: "before" | "after";
      status: number;
      headers?: Record<string, string> | undefined;
      body?: unknown;
    }
  /** One of the system's own refusals that no rule calls for, by its name; nothing is committed. */
  | { kind: "refusal"; name: string }
  /** The same path at another origin. */
  | { kind: "redirect"; status: 301 | 302 | 307 | 308; to: string }
  | { kind: "reset"; when: "before" | "after" }
  /** The connection breaks in the middle of the answer. */
  | { kind: "cut" }
  /** The answer keeps its status and headers, but its JSON breaks off. */
  | { kind: "wrongJson" }
  /** A load balancer's own page in front of a manager that is away. */
  | { kind: "html502" }
  | { kind: "retryAfter"; status: 429 | 503; seconds: number; as: "seconds" | "date" }
  | { kind: "delay"; when: "before" | "after"; milliseconds: number };

export interface FaultRule {
  match: Pattern;
  fault: Fault;
  /** The first matching request that is hit, counted from 1. Default: 1. */
  nth?: number | undefined;
  /** How many requests are hit. Default: 1. */
  times?: number | "always" | undefined;
}

export interface Faults {
  inject(rule: FaultRule): void;
  pending(): readonly FaultRule[];
  clear(): void;
}

export interface FaultQueue extends Faults {
  /** The faults for this request: any delays, and at most one other. */
  take(request: SimRequest): Fault[];
}

export type Occasions = Readonly<Record<string, () => SimResponse>>;

interface Armed {
  rule: FaultRule;
  seen: number;
  hits: number;
}

/** @param occasions - the system's own refusals, by name */
export function createFaults(occasions: Occasions = {}): FaultQueue {
  let armed: Armed[] = [];
  return {
    inject: (rule) => {
      const { fault } = rule;
      if (fault.kind === "refusal" && !Object.hasOwn(occasions, fault.name)) {
        throw new Error(`no refusal "${fault.name}"; there are ${Object.keys(occasions).join("; ") || "none"}`);
      }
      armed.push({ rule, seen: 0, hits: 0 });
    },
    pending: () => armed.map(({ rule }) => rule),
    clear: () => {
      armed = [];
    },
    take: (request) => {
      const taken: Fault[] = [];
      for (const entry of armed) {
        const { match, fault, nth = 1, times = 1 } = entry.rule;
        if (!matches(match, request.method, request.path)) continue;
        if (fault.kind !== "delay" && taken.some((other) => other.kind !== "delay")) continue;
        entry.seen += 1;
        if (entry.seen < nth) continue;
        entry.hits += 1;
        if (times !== "always" && entry.hits >= times) armed = armed.filter((other) => other !== entry);
        taken.push(fault);
      }
      return taken;
    },
  };
}

/** The answer that a fault gives instead of the server, or undefined when the request is to be carried out. */
export function faultBefore(
  fault: Fault,
  { path }: SimRequest,
  { now, occasions = {} }: { now: number; occasions?: Occasions | undefined },
): SimResponse | undefined {
  switch (fault.kind) {
    case "refusal":
      return occasions[fault.name]?.();
    case "redirect":
      return { status: fault.status, headers: { location: fault.to + path }, body: "" };
    case "respond":
      return fault.when === "before" ? fixedResponse(fault) : undefined;
    case "reset":
      if (fault.when === "before") throw new ConnectionReset("reset before the request was processed");
      return undefined;
    case "html502":
      return {
        status: 502,
        headers: { "content-type": "text/html" },
        body: "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\r\n",
      };
    case "retryAfter": {
      const { seconds } = fault;
      const value = fault.as === "seconds" ? String(seconds) : new Date(now + seconds * 1000).toUTCString();
      return json(fault.status, { error_message: "Injected: try again later" }, { "retry-after": value });
    }
    default:
      return undefined;
  }
}

/** What becomes of the server's own answer. */
export function faultAfter(fault: Fault, response: SimResponse): SimResponse {
  switch (fault.kind) {
    case "respond":
      return fault.when === "after" ? fixedResponse(fault) : response;
    case "reset":
      throw new ConnectionReset("reset after the request was processed");
    case "cut":
      throw new ConnectionReset("the answer broke off", response);
    case "wrongJson":
      return { ...response, body: `${response.body.slice(0, Math.floor(response.body.length / 2))}` };
    default:
      return response;
  }
}

function fixedResponse(fault: Fault & { kind: "respond" }): SimResponse {
  const { status, headers = {}, body = "" } = fault;
  if (typeof body === "string") return { status, headers, body };
  return json(status, body, headers);
}
