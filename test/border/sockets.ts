// What only a socket can do: keep silent, drip, never end. Real servers, real seconds; a trap where nobody may come.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { SimRequest } from "../../simulators/kit/index.ts";
import { ResourceRun } from "../tools/stack.ts";
import {
  type Asked,
  carryOut,
  type Episode,
  goOn,
  lookAt,
  type Operation,
  operations,
  prepare,
  sampleAnswers,
} from "./episode.ts";
import { judge } from "./oracle.ts";
import { realProvider, socketProvider } from "./realProvider.ts";
import type { Subject } from "./site.ts";

const timeoutSeconds = 2;
/** A busy machine is given some time more. */
const secondsAtMost = timeoutSeconds + 3;
const bytesAtMost = 200e6;

type Trouble = (response: ServerResponse, trap: string, path: string) => void;

const chunk = Buffer.alloc(1e6, "x");

/** Writes on and on, as fast as the client reads, but no more than would convict it. */
function pour(response: ServerResponse, left = 400): void {
  if (response.destroyed || left === 0) response.end('"}');
  else response.write(chunk, () => pour(response, left - 1));
}

function drip(response: ServerResponse, text: string): void {
  let at = 0;
  const timer = setInterval(() => response.write(text[at++ % text.length]), 1_000);
  response.on("close", () => clearInterval(timer));
}

const raw =
  (text: string): Trouble =>
  (response) =>
    void response.socket?.write(text);

export const troubles: Record<string, Trouble> = {
  silent: () => {},
  "silent after the head": (response) =>
    void response.writeHead(200, { "content-type": "application/json" }).flushHeaders(),
  "one byte a second": (response) => {
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    drip(response, '{"a":"b",');
  },
  "blanks that never end": (response) => {
    response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
    drip(response, " ");
  },
  "400 MB": (response) => {
    response.writeHead(200, { "content-type": "application/json" }).write('{"pad":"');
    pour(response);
  },
  "400 MB of an error": (response) => {
    response.writeHead(500, { "content-type": "text/plain" });
    pour(response);
  },
  "a head that never ends": (response) => {
    response.socket?.write("HTTP/1.1 200 OK\r\n");
    const timer = setInterval(() => response.socket?.write(`x-more: ${"x".repeat(1_000)}\r\n`), 50);
    response.on("close", () => clearInterval(timer));
  },
  "102 for ever": (response) => {
    const timer = setInterval(() => response.socket?.write("HTTP/1.1 102 Processing\r\n\r\n"), 200);
    response.on("close", () => clearInterval(timer));
  },
  "another protocol": raw("SSH-2.0-OpenSSH_9.9\r\n"),
  "a chunk that is none": raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
  "a length that is none": raw("HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n{}"),
  "cut in the body": (response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    response.write('{"a":', () => response.destroy());
  },
  "closed without an answer": (response) => void response.destroy(),
  "307 to a trap": (response, trap, path) => void response.writeHead(307, { location: trap + path }).end(),
  "302 to a trap": (response, trap, path) => void response.writeHead(302, { location: trap + path }).end(),
};

export interface SocketCase {
  readonly subject: Subject;
  readonly operation: Operation;
  readonly request: number;
  readonly trouble: string;
  readonly always: boolean;
}

export const socketKeyOf = ({ subject, operation, request, trouble, always }: SocketCase) =>
  [subject.name, operation, request, always ? "always" : "once", trouble].join(" / ");

export async function socketCases(subjects: readonly Subject[]): Promise<SocketCase[]> {
  const cases: SocketCase[] = [];
  for (const subject of subjects)
    for (const operation of operations) {
      const { length } = await sampleAnswers(subject, operation, realProvider);
      for (let request = 1; request <= length; request += 1)
        for (const trouble of Object.keys(troubles))
          for (const always of [false, true]) cases.push({ subject, operation, request, trouble, always });
    }
  return cases;
}

async function open(
  onRequest: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; server: Server }> {
  const server = createServer(onRequest);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

async function shut(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function read(incoming: IncomingMessage): Promise<SimRequest> {
  const chunks: Buffer[] = [];
  for await (const each of incoming) chunks.push(each as Buffer);
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  return {
    method: incoming.method ?? "GET",
    path: incoming.url ?? "/",
    headers,
    body: Buffer.concat(chunks).toString(),
    remoteAddress: "127.0.0.1",
  };
}

/** What is not as it must be; `undefined` where the operation has not that many requests. */
export async function playOnSockets(given: SocketCase): Promise<string[]> {
  const { subject, operation, request: first, trouble, always } = given;
  const { stage, state } = await prepare(subject, operation, realProvider, Date.now());
  const { site, owner } = stage;
  const asked: Asked[] = [];
  const open_: ServerResponse[] = [];
  let trapped = 0;
  let mutated = 0;
  let isOver = false;

  const trap = await open((_, response) => {
    trapped += 1;
    response.end("{}");
  });
  const real = await open(async (incoming, response) => {
    const request = await read(incoming);
    asked.push({ ...request, origin: undefined });
    if (!isOver && asked.length >= first && (always || mutated < 1)) {
      mutated += 1;
      open_.push(response);
      response.on("error", () => {});
      troubles[trouble]?.(response, trap.url, request.path);
      return;
    }
    const answer = await site.handle(request);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });

  const environment = Object.fromEntries(
    Object.entries(site.environment).map(([name, value]) => {
      if (name.endsWith("_ENDPOINT")) return [name, real.url];
      return [name, name.endsWith("_TIMEOUT") ? String(timeoutSeconds) : value];
    }),
  );
  const warnings: string[] = [];
  const { calls, close } = socketProvider(subject.provider, environment, (message) => warnings.push(message));
  const run = new ResourceRun(calls, { owner, __provider: "text" });
  if (state) run.state = structuredClone(state);

  const memory = watchMemory();
  const began = Date.now();
  const { promise: tooLong, resolve: giveUp } = Promise.withResolvers<"never ended">();
  const timer = setTimeout(() => giveUp("never ended"), 8_000);
  const outcome: Episode["outcome"] = await Promise.race([
    carryOut(run, site, operation).then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    ),
    tooLong,
  ]);
  clearTimeout(timer);
  const seconds = (Date.now() - began) / 1_000;
  const grown = memory();
  // What was on its way when the time was up still arrives, on a machine with much to do a little later.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const endedAt = asked.length;
  await new Promise((resolve) => setTimeout(resolve, 300));
  isOver = true;
  const found: string[] = [];
  if (open_.some((response) => !response.writableEnded && !response.destroyed && !response.socket?.destroyed))
    found.push("goes on after its end: a connection still waits for its answer");
  if (trapped > 0) found.push(`a request to another host: ${trapped} in the trap`);
  if (trouble.startsWith("400 MB") && grown > bytesAtMost) found.push(`memory: ${Math.round(grown / 1e6)} MB more`);
  const seen = lookAt(site, operation);
  const late = asked.slice(endedAt).filter(({ path }) => !path.startsWith("/api/session/destroy"));
  await Promise.all([shut(real.server), shut(trap.server)]);
  // What still waits for an answer would be waited for; that it does has been found already.
  await Promise.race([close(), new Promise((resolve) => setTimeout(resolve, 1_000))]).catch(() => {});
  const { next, drift } = await goOn(stage, operation, run.state, outcome);
  await site.close();
  const mutation = { name: trouble, needsServer: false, isBelievable: false, apply: (answer: never) => answer };
  const episode: Episode = {
    site,
    asked,
    late,
    mutated,
    hits: [],
    outcome,
    seconds,
    warnings,
    sessions: {},
    ...seen,
    state: run.state,
    next,
    drift,
  };
  const asCase = {
    subject,
    operation,
    request: first,
    mutation,
    moment: "before",
    times: always ? "always" : 1,
  } as const;
  return mutated > 0 ? [...found, ...judge(asCase, episode, secondsAtMost)] : [];
}

/** How much the process has grown at most since. */
function watchMemory(): () => number {
  const before = process.memoryUsage.rss();
  let most = before;
  const look = () => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 20);
  return () => {
    clearInterval(timer);
    look();
    return most - before;
  };
}
