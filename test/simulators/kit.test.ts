import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  ConnectionReset,
  createSimulator,
  json,
  type Listening,
  limitSwitches,
  listen,
  operation,
  request,
  type SimResponse,
} from "../../simulators/kit/index.ts";

/** The smallest system: a counter that POST /count raises. */
function startCounter(options: { now?: () => number; switches?: { requestsPerSecond?: number } } = {}) {
  return createSimulator(limitSwitches, options, () => {
    let count = 0;
    return {
      handle: ({ method }) => {
        if (method === "POST") count += 1;
        return json(200, { count });
      },
      userOf: ({ headers, remoteAddress }) => headers["x-user"] ?? remoteAddress,
      refuse: ({ status, reason }) => json(status, { reason }),
      operations: {
        set: operation("Sets the counter.", z.object({ to: z.number() }), ({ to }) => {
          count = to;
        }),
      },
      reset: () => {
        count = 0;
      },
      count: () => count,
    };
  });
}

const bodyOf = (response: SimResponse) => JSON.parse(response.body) as Record<string, unknown>;

describe("faults", () => {
  it("answers instead of the server, with nothing committed", async () => {
    const { handle, control } = startCounter();
    control.faults.inject({ match: "POST /count", fault: { kind: "respond", when: "before", status: 503, body: {} } });
    expect((await handle(request("POST", "/count"))).status).toBe(503);
    expect(bodyOf(await handle(request("GET", "/count")))).toEqual({ count: 0 });
  });

  it("commits and loses the answer", async () => {
    const { handle, control } = startCounter();
    control.faults.inject({ match: "POST /count", fault: { kind: "reset", when: "after" } });
    await expect(handle(request("POST", "/count"))).rejects.toThrow(ConnectionReset);
    expect(bodyOf(await handle(request("GET", "/count")))).toEqual({ count: 1 });
    expect(control.requests.find("POST /count")).toMatchObject([{ outcome: "reset" }]);
  });

  it("strikes the nth request, a number of times", async () => {
    const { handle, control } = startCounter();
    control.faults.inject({ match: /POST/, nth: 2, times: 2, fault: { kind: "html502" } });
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await handle(request("POST", "/count"))).status);
    expect(statuses).toEqual([200, 502, 502, 200]);
  });

  it("sends a request to the same path at another origin, with nothing committed", async () => {
    const { handle, control } = startCounter();
    control.faults.inject({ match: "POST /**", fault: { kind: "redirect", status: 307, to: "https://two.example" } });
    const answer = await handle(request("POST", "/count?by=1"));
    expect([answer.status, answer.headers.location]).toEqual([307, "https://two.example/count?by=1"]);
    expect(bodyOf(await handle(request("GET", "/count")))).toEqual({ count: 0 });
  });

  it("sends Retry-After in seconds or as a date", async () => {
    const { handle, control } = startCounter({ now: () => 0 });
    const fault = { kind: "retryAfter", status: 429, seconds: 7 } as const;
    control.faults.inject({ match: "* /**", fault: { ...fault, as: "seconds" } });
    control.faults.inject({ match: "* /**", fault: { ...fault, as: "date" } });
    expect((await handle(request("GET", "/"))).headers["retry-after"]).toBe("7");
    expect((await handle(request("GET", "/"))).headers["retry-after"]).toBe("Thu, 01 Jan 1970 00:00:07 GMT");
  });
});

describe("hooks", () => {
  it("let another writer in before a request is carried out", async () => {
    const { handle, control } = startCounter();
    const remove = control.hook({
      before: async ({ method, headers }) => {
        if (method === "GET" && !headers["x-other"]) await handle(request("POST", "/count", "", { "x-other": "1" }));
      },
    });
    expect(bodyOf(await handle(request("GET", "/count")))).toEqual({ count: 1 });
    remove();
    expect(bodyOf(await handle(request("GET", "/count")))).toEqual({ count: 1 });
  });

  it("are free when there are none: the request is committed before handle returns", () => {
    const { handle, system } = startCounter();
    void handle(request("POST", "/count"));
    expect(system.count()).toBe(1);
  });
});

describe("limits", () => {
  it("refuse a user above its rate, for a second, and nobody else", async () => {
    const { handle, control } = startCounter({ now: () => 5000, switches: { requestsPerSecond: 2 } });
    const send = async (user: string) => (await handle(request("GET", "/", "", { "x-user": user }))).status;
    expect([await send("a"), await send("a"), await send("a"), await send("b")]).toEqual([200, 200, 429, 200]);
    control.clock.advance(1000);
    expect(await send("a")).toBe(200);
  });

  it("measure the second from its beginning, when the window is fixed", async () => {
    const { handle, control } = startCounter({ now: () => 5900, switches: { requestsPerSecond: 1 } });
    const send = async () => (await handle(request("GET", "/"))).status;
    const sliding = [await send(), control.clock.advance(100), await send()];
    control.clock.advance(1900);
    control.setSwitches({ rateWindow: "fixed" });
    const fixed = [await send(), control.clock.advance(100), await send()];
    expect([sliding, fixed]).toEqual([
      [200, undefined, 429],
      [200, undefined, 200],
    ]);
  });

  it("never recover for a client that does not pause, when refusals count", async () => {
    const { handle, control } = startCounter({ now: () => 5000, switches: { requestsPerSecond: 1 } });
    control.setSwitches({ countRefused: true });
    const statuses = [];
    for (let i = 0; i < 4; i++) {
      statuses.push((await handle(request("GET", "/"))).status);
      control.clock.advance(600);
    }
    expect(statuses).toEqual([200, 429, 429, 429]);
  });

  it("refuse above the concurrency, with the status of the switch", async () => {
    const { handle, control } = startCounter();
    control.setSwitches({ clientConcurrency: 1, clientConcurrencyStatus: 503, retryAfter: 3 });
    control.faults.inject({ match: "* /**", fault: { kind: "delay", when: "before", milliseconds: 20 } });
    const [first, second] = await Promise.all([handle(request("GET", "/")), handle(request("GET", "/"))]);
    expect([first.status, second.status, second.headers["retry-after"]]).toEqual([200, 503, "3"]);
  });
});

describe("over sockets", () => {
  let listening: Listening;
  afterEach(() => listening.close());

  it("controls from another process", async () => {
    const { handle, controlToken } = startCounter();
    listening = await listen(handle, { port: 0, httpsPort: false, name: "counter" });
    const headers = { authorization: `Bearer ${controlToken}`, "content-type": "application/json" };
    const post = (name: string, body: object) =>
      fetch(`${listening.url}/_control/${name}`, { method: "POST", headers, body: JSON.stringify(body) });
    expect((await post("set", { to: 41 })).status).toBe(200);
    await fetch(`${listening.url}/count`, { method: "POST" });
    expect(await (await fetch(`${listening.url}/count`)).json()).toEqual({ count: 42 });
    expect(
      await (await fetch(`${listening.url}/_control/count?match=POST%20/count`, { headers })).json(),
    ).toMatchObject({
      count: 1,
    });
    expect((await post("setSwitches", { requestsPerSecond: "many" })).status).toBe(400);
    expect(await (await post("nothing", {})).json()).toEqual({
      error: 'no operation "nothing"; GET /_control/ lists them',
    });
    await post("inject", { match: "GET /count", fault: { kind: "reset", when: "before" } });
    await expect(fetch(`${listening.url}/count`)).rejects.toThrow();
    await post("inject", { match: "GET /count", fault: { kind: "cut" } });
    await expect(fetch(`${listening.url}/count`).then((response) => response.text())).rejects.toThrow();
  });

  it("speaks HTTPS with a certificate that a client can verify", async () => {
    const { handle } = startCounter();
    listening = await listen(handle, { port: false, httpsPort: 0, name: "counter" });
    const { httpsUrl = "", caCertificate } = listening;
    const { request: send } = await import("node:https");
    const status = await new Promise((resolve, reject) => {
      const sent = send(`${httpsUrl}/count`, { ca: caCertificate }, (response) => resolve(response.statusCode));
      sent.on("error", reject).end();
    });
    expect(status).toBe(200);
    expect(listening.url).toBeUndefined();
  });
});
