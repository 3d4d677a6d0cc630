import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { connectNim } from "../../provider/nim/client.ts";
import { readError as readNimError } from "../../provider/nim/errors.ts";
import { nimSettings } from "../../provider/nim/settings.ts";
import { readError } from "../../provider/nsx/errors.ts";
import { systemClock } from "../../provider/travel/clock.ts";
import { createHttp } from "../../provider/travel/http.ts";
import { parseJson } from "../../provider/travel/json.ts";
import { createServerTime } from "../../provider/travel/serverTime.ts";
import { timeLimit } from "../../provider/travel/timeLimit.ts";
import { type Request, undiciTransport } from "../../provider/travel/transport.ts";
import { noLimit } from "../tools/noLimit.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(listener: RequestListener): Promise<string> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((done) => started.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
}

describe("what is sent", () => {
  test.each(["/a/../b", "/a/%2e%2e/b", "/a/./b", "/a\\..\\b", "/a/.%2E/b"])(
    "%s is not, as a URL it would lead elsewhere",
    async (path) => {
      const asked: unknown[] = [];
      const origin = await serve(({ url }, response) => response.end(String(asked.push(url))));
      const send = undiciTransport(origin, { system: "nsx" }, 1)({ method: "PUT", path, limit: noLimit });
      await expect(send).rejects.toThrow(/is not sent: as a URL it would lead to/);
      expect(asked).toEqual([]);
    },
  );
});

describe("what is answered", () => {
  test("beyond 16 MiB is not read", async () => {
    const chunk = Buffer.alloc(1024 * 1024, 32);
    let sent = 0;
    const origin = await serve((_, response) => {
      const more = (): void => {
        for (; sent < 64; sent += 1)
          if (!response.write(chunk)) return void response.once("drain", () => ++sent && more());
        response.end();
      };
      more();
    });
    const answer = undiciTransport(origin, { system: "nsx" }, 1)({ method: "GET", path: "/x", limit: noLimit });
    // Of a success only the size: a failed assertion would print all of it.
    await expect(answer.then(({ body }) => body.length)).rejects.toThrow("larger than 16 MiB");
    expect(sent).toBeLessThan(64);
  });

  test("slower than the time allows ends in time", async () => {
    const origin = await serve((_, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write("{");
    });
    const limit = timeLimit(systemClock, 0.2, "nsx:timeout");
    await expect(undiciTransport(origin, { system: "nsx" }, 1)({ method: "GET", path: "/x", limit })).rejects.toThrow();
  }, 5_000);

  test("nested without end is no JSON of these systems", () => {
    expect(parseJson(`${"[".repeat(150)}${"]".repeat(150)}`)).toBeInstanceOf(Array);
    expect(() => parseJson(`${"[".repeat(100_000)}${"]".repeat(100_000)}`)).toThrow("nested deeper than 200 levels");
    expect(parseJson(JSON.stringify("[".repeat(1_000)))).toBe("[".repeat(1_000));
  });
});

test("an https endpoint that speaks http is told so, and nothing about certificates", async () => {
  const origin = (await serve((_, response) => response.end())).replace("http:", "https:");
  const answer = undiciTransport(origin, { system: "nsx" }, 1)({ method: "GET", path: "/x", limit: noLimit });
  await expect(answer).rejects.toThrow(/does not speak TLS there/);
});

describe("links", () => {
  test.each(["http://other.invalid/x", "//other.invalid/x", "/\\other.invalid/x", "x", "/a/../x", "/a/%2e%2e/x"])(
    "%s is not followed: the password would go along",
    async (rel) => {
      const settings = { NIM_ENDPOINT: "https://nim.invalid", NIM_USERNAME: "admin", NIM_PASSWORD: "secret" };
      const asked: unknown[] = [];
      const transport = async (request: Request) => {
        asked.push(request.path);
        return { status: 200, headers: {}, body: "{}" };
      };
      const nim = connectNim(
        nimSettings(() => undefined, settings),
        systemClock,
        () => {},
        { toNim: transport, toTokens: transport },
      );
      await expect(nim.clientWithin(noLimit).follow(rel)).rejects.toThrow("It is not followed");
      expect(asked).toEqual([]);
    },
  );
});

describe("what NSX's errors mean", () => {
  const about = "/infra/segments/web";
  const kindOf = (status: number, body: unknown, method: Request["method"] = "GET") =>
    readError(
      { status, headers: {}, body: typeof body === "string" ? body : JSON.stringify(body) },
      { method, path: `/policy/api/v1${about}`, about, limit: noLimit },
    )?.kind;
  const missing = "could not be found. Object identifiers are case sensitive.";

  // The numbers are those of the two public clients of NSX: docs/nsx.md, "Errors".
  test.each([
    [
      "gone, by its path",
      404,
      { error_code: 600, error_message: `The requested object : ${about} ${missing}` },
      "gone",
    ],
    ["gone, by its id", 404, { error_code: 600, error_message: `The requested object : web ${missing}` }, "gone"],
    ["gone, with nothing named", 404, { error_code: 600, error_message: "It is not there." }, "gone"],
    [
      "another path",
      404,
      { error_code: 600, error_message: `The requested object : /infra/segments/db ${missing}` },
      "other",
    ],
    ["another id", 404, { error_code: 600, error_message: `The requested object : db ${missing}` }, "other"],
    ["its path without brackets", 404, { error_code: 1, error_message: `Segment ${about} not found.` }, "gone"],
    ["a longer path without brackets", 404, { error_code: 1, error_message: `Segment ${about}-2 not found.` }, "other"],
    ["a child without brackets", 404, { error_code: 1, error_message: `Port ${about}/ports/p not found.` }, "other"],
    [
      "an invalid path that is this one",
      400,
      { error_code: 500012, error_message: `The path=[${about}] is invalid` },
      "gone",
    ],
    [
      "an invalid path in a reference",
      400,
      { error_code: 500012, error_message: "The path=[/infra/tier-1s/x] is invalid" },
      "badInput",
    ],
    ["a gateway's JSON", 404, { message: "no Route matched with those values" }, undefined],
    ["a proxy's page", 404, "<html><title>404 Not Found</title></html>", undefined],
    ["an empty body", 404, "", undefined],
    ["stale as 404", 404, { error_code: 500090, error_message: "stale" }, "stale"],
    ["stale as 400", 400, { error_code: 500087, error_message: "stale" }, "stale"],
    ["stale as 400, missing dependents", 400, { error_code: 500232, error_message: "stale" }, "stale"],
    ["stale as 412", 412, { error_code: null, error_message: "x" }, "stale"],
    ["exists", 400, { error_code: 500127, error_message: "x" }, "exists"],
    [
      "in use, nested",
      400,
      { error_code: 500157, related_errors: [{ error_code: 503040, error_message: "ports" }] },
      "inUse",
    ],
    ["being deleted", 400, { error_code: 500045, error_message: "x" }, "beingDeleted"],
    ["realized later", 404, { error_code: 202, error_message: "x" }, "busy"],
    ["too many", 429, { error_code: "102", error_message: "x" }, "busy"],
    ["aborted", 500, { error_code: 607, error_message: "x" }, "busy"],
    [
      "protected",
      400,
      { error_code: 8327, error_message: "Principal 'x' attempts to delete or modify an object" },
      "protected",
    ],
    ["no permission", 403, { error_code: 289, error_message: "x" }, "denied"],
    ["a wrong field", 400, { error_code: 255, error_message: "x" }, "badInput"],
  ])("%s", (_, status, body, kind) => {
    expect(kindOf(status, body)).toBe(kind);
  });

  test("its words are found wherever they stand, and any field may be null", () => {
    const wordsOf = (body: object) =>
      readError({ status: 400, headers: {}, body: JSON.stringify(body) }, { method: "PUT", path: "/x", limit: noLimit })
        ?.words;
    expect(wordsOf({ error_code: 1, error_message: null, details: "only here" })).toBe("only here");
    expect(wordsOf({ error_code: 1, details: null, related_errors: [{ error_message: "there" }, null] })).toBe("there");
    expect(wordsOf({ error_type: "INVALID", messages: [{ default_message: "vAPI's" }] })).toBe("vAPI's");
  });
});

describe("what NIM's errors mean", () => {
  const kindOf = (
    status: number,
    body: unknown,
    path = "/api/platform/v1/roles/team",
    method: Request["method"] = "GET",
  ) =>
    readNimError({ status, headers: {}, body: JSON.stringify(body) }, { method, path, about: path, limit: noLimit })
      ?.kind;

  test.each([
    ["by what it is", 404, { code: 404, message: "Role Not Found", details: [] }, "gone"],
    ["by its name", 404, { code: 131_043, message: "error getting team: not found" }, "gone"],
    ["a gateway's", 404, { code: 404, message: "Not Found" }, "other"],
    ["of grpc-gateway", 404, { code: 5, message: "Not Found", details: [] }, "other"],
    ["of Kong", 404, { message: "no Route matched with those values" }, "other"],
    ["of something else", 404, { code: 404, message: "Certificate Not Found" }, "other"],
  ])("a 404 %s", (_, status, body, kind) => {
    expect(kindOf(status, body)).toBe(kind);
  });

  test.each([
    ["/api/platform/v1/roles/config", "Role Not Found", "gone"],
    ["/api/platform/v1/roles/certs", "Role Not Found", "gone"],
    ["/api/platform/v1/roles/config", "Instance Not Found", "other"],
    ["/api/platform/v1/roles/o", "Not Found", "other"],
    ["/api/platform/v1/roles/Found", "Not Found", "other"],
    ["/api/platform/v1/roles/team", "error getting team-a: not found", "other"],
    ["/api/platform/v1/roles/team%20%22a%22", 'error getting "team "a"": not found', "gone"],
    ["/api/platform/v1/systems/s-1/instances/i-1/config", "error getting i-1: not found", "gone"],
    ["/api/platform/v1/systems/s-1/instances/i-1/config", "Instance Not Found", "gone"],
    ["/api/platform/v1/systems/s-1/instances/i-1/config", "error getting i-2: not found", "other"],
  ])("at %s a 404 with %s: %s", (path, message, kind) => {
    expect(kindOf(404, { code: 404, message }, path)).toBe(kind);
  });

  test("a conflict means what was asked for", () => {
    const body = { code: 409, message: "already exists or is referenced by another resource" };
    expect(kindOf(409, body, "/api/platform/v1/roles", "POST")).toBe("exists");
    expect(kindOf(409, body, undefined, "DELETE")).toBe("inUse");
  });
});

test.each([
  [
    "a date, by the server's own clock",
    { date: "Mon, 01 Jan 2035 00:00:00 GMT", "retry-after": "Mon, 01 Jan 2035 00:00:30 GMT" },
    30,
  ],
  ["seconds", { "retry-after": "30" }, 30],
])("Retry-After as %s is waited for", async (_, headers, seconds) => {
  const clock = createVirtualClock();
  const sent: number[] = [];
  const http = createHttp({
    system: "NSX",
    endpoint: "https://nsx.invalid",
    limits: { requestsPerSecond: 100, concurrency: 38 },
    limitAdvice: "",
    clock,
    serverTime: createServerTime(clock),
    readError,
    async transport() {
      sent.push(clock.elapsed());
      return sent.length === 1 ? { status: 503, headers, body: "{}" } : { status: 200, headers: {}, body: "{}" };
    },
  });
  await http({ method: "PUT", path: "/x", limit: noLimit });
  const [first = 0, second = 0] = sent;
  expect(second - first).toBeGreaterThanOrEqual(seconds * 1_000);
  expect(second - first).toBeLessThan(seconds * 1_000 + 5_000);
});
