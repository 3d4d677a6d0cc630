import { afterEach } from "vitest";
import { request } from "../../simulators/kit/index.ts";
import { type NsxSimulator, type NsxSimulatorOptions, startNsxSimulator } from "../../simulators/nsx/index.ts";

export type Body = Record<string, unknown>;

export interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  body: any;
}

export interface NsxClient {
  simulator: NsxSimulator;
  /** Sends a request as admin; a path that starts with /infra, /orgs, … is one of the Policy API. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The code and the status of a refusal. */
  refusal(method: string, path: string, body?: unknown): Promise<[status: number, code: number, message: string]>;
}

const started: NsxSimulator[] = [];
afterEach(async () => {
  for (const simulator of started.splice(0)) await simulator.close();
});

export const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
});

/** A simulator without sockets, and a client of it. */
export async function startClient(options: NsxSimulatorOptions = {}): Promise<NsxClient> {
  const simulator = await startNsxSimulator({ port: false, ...options });
  started.push(simulator);
  const credentials = basic(simulator.username, simulator.password);
  const send: NsxClient["send"] = async (method, path, body = "", headers = credentials) => {
    const whole = path.startsWith("/api/") || path.startsWith("/policy/") ? path : `/policy/api/v1${path}`;
    const response = await simulator.handle(request(method, whole, body, { ...credentials, ...headers }));
    return { ...response, body: response.body === "" ? undefined : JSON.parse(response.body) };
  };
  return {
    simulator,
    send,
    refusal: async (method, path, body) => {
      const answer = await send(method, path, body);
      return [answer.status, answer.body?.error_code, answer.body?.error_message];
    },
  };
}

export const zones = "/infra/sites/default/enforcement-points/default/transport-zones";
export const t1 = "/infra/tier-1s/t1-web";
