import { matches, type Pattern } from "./matcher.ts";

export interface LoggedRequest {
  requestId: string;
  time: number;
  user: string;
  method: string;
  path: string;
  /** Absent while the request is under way and when the connection was reset. */
  status?: number;
  outcome: "pending" | "answered" | "reset";
}

/** Every request in order of arrival. Bodies and headers are left out: they carry passwords and private keys. */
export interface RequestLog {
  all(): readonly LoggedRequest[];
  find(pattern: Pattern): LoggedRequest[];
  /** Number of requests that match, e.g. `count("PUT /policy/api/v1/infra/segments/*")`; without a pattern, of all. */
  count(pattern?: Pattern): number;
  /** Number of requests per `METHOD status`, e.g. `{"GET 200": 3}`. */
  totals(): Record<string, number>;
  /** The largest number of requests that were under way at once. */
  peakConcurrency(): number;
  reset(): void;
}

export interface WritableRequestLog extends RequestLog {
  start(entry: Omit<LoggedRequest, "outcome">): LoggedRequest;
  finish(entry: LoggedRequest, status: number | undefined): void;
}

export function createRequestLog(): WritableRequestLog {
  let entries: LoggedRequest[] = [];
  let underWay = 0;
  let peak = 0;
  const find = (pattern: Pattern) => entries.filter((entry) => matches(pattern, entry.method, entry.path));
  return {
    all: () => entries,
    find,
    count: (pattern) => (pattern === undefined ? entries.length : find(pattern).length),
    totals: () => {
      const totals: Record<string, number> = {};
      for (const entry of entries) {
        const key = `${entry.method} ${entry.status ?? entry.outcome}`;
        totals[key] = (totals[key] ?? 0) + 1;
      }
      return totals;
    },
    peakConcurrency: () => peak,
    reset: () => {
      entries = [];
      peak = underWay;
    },
    start: (entry) => {
      const logged: LoggedRequest = { ...entry, outcome: "pending" };
      entries.push(logged);
      underWay += 1;
      peak = Math.max(peak, underWay);
      return logged;
    },
    finish: (entry, status) => {
      underWay -= 1;
      entry.outcome = status === undefined ? "reset" : "answered";
      if (status !== undefined) entry.status = status;
    },
  };
}
