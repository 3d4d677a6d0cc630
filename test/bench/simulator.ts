// The simulated manager in a process of its own, its limits on, so that it takes no time from what is measured.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { realLimits } from "../../simulators/kit/index.ts";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";

const self = fileURLToPath(import.meta.url);

export interface LoggedRequest {
  readonly time: number;
  readonly method: string;
  readonly path: string;
  readonly status?: number;
}

export interface Traffic {
  readonly byKind: Readonly<Record<string, number>>;
  readonly total: number;
  readonly refused: number;
  /** Over the time from the first to the last; `undefined` when there were few. */
  readonly perSecond: number | undefined;
}

export interface Manager {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  control<T = unknown>(operation: string, args?: object): Promise<T>;
  /** Requests since the last call. */
  traffic(): Promise<Traffic>;
  close(): void;
}

type Served = Pick<NsxSimulator, "url" | "username" | "password" | "controlToken">;

export async function startManager(): Promise<Manager> {
  const child = fork(self, ["serve"], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const { url, username, password, controlToken } = await new Promise<Served>((resolve) => {
    child.once("message", (message) => resolve(message as Served));
  });
  const headers = { authorization: `Bearer ${controlToken}`, "content-type": "application/json" };
  async function control<T>(operation: string, args: object = {}): Promise<T> {
    const answer = await fetch(`${url}/_control/${operation}`, { method: "POST", headers, body: JSON.stringify(args) });
    if (!answer.ok) throw new Error(`${operation}: ${await answer.text()}`);
    return (await answer.json()) as T;
  }
  async function traffic(): Promise<Traffic> {
    const requests = await control<LoggedRequest[]>("requests");
    await control("resetRequests");
    return summarise(requests, kinds);
  }
  return { url, username, password, control, traffic, close: () => void child.kill() };
}

type Kinds = readonly (readonly [string, RegExp])[];

const kinds: Kinds = [
  ["session", /\/api\/session\//],
  ["status", /realized-state\/status/],
  ["states", /\/segments\/state/],
  ["list", /^GET .*\/segments(\?|$)/],
  ["read", /^GET .*\/segments\/[^/?]+$/],
  ["write", /^PUT /],
  ["patch", /^PATCH /],
  ["delete", /^DELETE /],
  ["profiles", /^GET .*binding-maps/],
];

export function summarise(requests: readonly LoggedRequest[], kinds: Kinds): Traffic {
  const byKind: Record<string, number> = {};
  for (const { method, path } of requests) {
    const kind = kinds.find(([, pattern]) => pattern.test(`${method} ${path}`))?.[0] ?? "other";
    byKind[kind] = (byKind[kind] ?? 0) + 1;
  }
  const [first, last] = [requests[0]?.time ?? 0, requests.at(-1)?.time ?? 0];
  const perSecond = requests.length > 200 ? (requests.length * 1_000) / (last - first) : undefined;
  const refused = requests.filter(({ status }) => status === 429 || status === 503).length;
  return { byKind, total: requests.length, refused, perSecond };
}

if (process.argv[1] === self && process.argv[2] === "serve") {
  const { url, username, password, controlToken } = await startNsxSimulator({ switches: realLimits });
  process.send?.({ url, username, password, controlToken });
  process.once("disconnect", () => process.exit());
}
