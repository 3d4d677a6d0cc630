import { afterEach, describe } from "vitest";
import { request } from "../../simulators/kit/index.ts";
import {
  findNginx,
  type NimSimulator,
  type NimSimulatorOptions,
  startNimSimulator,
} from "../../simulators/nim/index.ts";

export interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  body: any;
}

export interface NimClient {
  simulator: NimSimulator;
  control: NimSimulator["control"];
  /** Paths of the first instance and of the instance group, below the base path. */
  instance: string;
  group: string;
  /** Sends a request as admin; a path that does not start with /api is below the base path. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Publishes, waits, and answers the deployment; to the first instance unless told otherwise. */
  publish(files: Files, more?: object, to?: string): Promise<Answer["body"]>;
  /** Answers a deployment that has ended. */
  deployment(accepted: Answer): Promise<Answer["body"]>;
  /** Text of every file that a GET of the config shows. */
  files(path?: string): Promise<Record<string, string>>;
  /** What an instance serves on its port 80. */
  page(hostname?: string, path?: string): Promise<string>;
}

/** Text by path; under `aux:` those that are sent as auxFiles. */
export type Files = Record<string, string | Buffer>;

const started: NimSimulator[] = [];
afterEach(async () => {
  for (const simulator of started.splice(0)) await simulator.close();
});

/** Tests that need a real nginx say so where there is none. */
export const describeWithNginx = findNginx()
  ? describe
  : (name: string, tests: () => void) => {
      console.warn(`"${name}" is not run: there is no nginx here`);
      describe.skip(name, tests);
    };

export const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
});

export const base = "/api/platform/v1";
export const base64 = (content: string | Buffer) => Buffer.from(content).toString("base64");
export const decode = (contents: string) => Buffer.from(contents, "base64").toString();

/** A config that serves one page. */
export const serving = (page: string) =>
  `events {}\nhttp {\n  server {\n    listen 80;\n    return 200 '${page}';\n  }\n}\n`;
export const main = "/etc/nginx/nginx.conf";

export function payload(files: Files, more: object = {}) {
  const [configFiles, auxFiles]: { name: string; contents: string }[][] = [[], []];
  for (const [name, content] of Object.entries(files)) {
    const list = name.startsWith("aux:") ? auxFiles : configFiles;
    list?.push({ name: name.replace("aux:", ""), contents: base64(content) });
  }
  return {
    configFiles: { rootDir: "/etc/nginx", files: configFiles },
    auxFiles: { rootDir: "/", files: auxFiles },
    ...more,
  };
}

/** A simulator without sockets of its own, and a client of it. */
export async function startClient(options: NimSimulatorOptions = {}): Promise<NimClient> {
  const simulator = await startNimSimulator({ port: false, ...options });
  started.push(simulator);
  const { control, handle } = simulator;
  const credentials = basic(simulator.username, simulator.password);
  const [first] = simulator.instances;
  const instance = `/systems/${first?.systemUid}/instances/${first?.instanceUid}`;
  const group = `/instance-groups/${simulator.instanceGroup}`;

  const send: NimClient["send"] = async (method, path, body = "", headers = {}) => {
    const whole = path.startsWith("/api") ? path : `${base}${path}`;
    const response = await handle(request(method, whole, body, { ...credentials, ...headers }));
    const isJson = String(response.headers["content-type"]).startsWith("application/json");
    return { ...response, body: isJson ? JSON.parse(response.body) : response.body };
  };
  const deployment: NimClient["deployment"] = async (accepted) => {
    if (accepted.status !== 202)
      throw new Error(`publish answered ${accepted.status}: ${JSON.stringify(accepted.body)}`);
    await control.settled();
    return (await send("GET", accepted.body.links.rel)).body;
  };
  return {
    simulator,
    control,
    instance,
    group,
    send,
    deployment,
    publish: async (files, more = {}, to = instance) =>
      deployment(await send("POST", `${to}/config`, payload(files, more))),
    files: async (path = instance) => {
      const { body } = await send("GET", `${path}/config`);
      const all = [...body.configFiles.files, ...body.auxFiles.files];
      return Object.fromEntries(all.map(({ name, contents }) => [name, decode(contents)]));
    },
    page: async (hostname = "web-1", path = "/") => {
      const found = control.instances().find((candidate) => candidate.hostname === hostname);
      // A connection that is kept open may be one of a worker that a reload is just ending.
      return (await fetch(`${found?.url}${path}`, { headers: { connection: "close" } })).text();
    },
  };
}
