// What NODE_DEBUG=pulumi-nginx-nsx shows of the requests, and what it does not.
import { expect, test } from "vitest";
import { createProviders } from "../../provider/pulumi/providers.ts";
import { ConnectionError } from "../../provider/travel/errors.ts";
import { logged } from "../../provider/travel/requestLog.ts";
import type { Answer, Transport } from "../../provider/travel/transport.ts";
import { noLimit } from "../tools/noLimit.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";

const login = "Basic cGFzc3dvcmQ=";

async function linesOf(path: string, answer: Answer | Error, origin?: string): Promise<string[]> {
  const clock = createVirtualClock();
  const lines: string[] = [];
  const transport: Transport = async () => {
    await clock.sleep(12.4);
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const send = logged(transport, "https://nsx.example.com", clock, (line) => lines.push(line));
  const request = { path, headers: { authorization: login }, body: "the body", limit: noLimit } as const;
  const sent = send({ method: "PUT", ...request, ...(origin && { origin }) });
  if (answer instanceof Error) await expect(sent).rejects.toBe(answer);
  else expect(await sent).toBe(answer);
  return lines;
}

test.each<[string, Record<string, string>, string]>([
  ["NSX", { "x-nsx-requestid": "6a3f" }, "200, request 6a3f, 12 ms"],
  ["a gateway", { "x-request-id": "77" }, "200, request 77, 12 ms"],
  ["a server without", { "set-cookie": "JSESSIONID=1" }, "200, 12 ms"],
])("method, path, status, request id and time, as %s answers", async (_, headers, end) => {
  const path = "/policy/api/v1/infra/segments/web";
  const lines = await linesOf(`${path}?token=secret`, { status: 200, headers, body: "the answer" });
  expect(lines).toEqual([`PUT https://nsx.example.com/policy/api/v1/infra/segments/web: ${end}`]);
});

test("another manager is named", async () => {
  const answer = { status: 503, headers: {}, body: "" };
  expect(await linesOf("/x", answer, "https://nsx-2.example.com")).toEqual([
    "PUT https://nsx-2.example.com/x: 503, 12 ms",
  ]);
});

test("so is that there was no answer", async () => {
  const cut = new ConnectionError(
    "No whole answer of secret.",
    true,
    Object.assign(new Error(), { code: "ECONNRESET" }),
  );
  expect(await linesOf("/x", cut)).toEqual(["PUT https://nsx.example.com/x: no answer (ECONNRESET), 12 ms"]);
  expect(await linesOf("/x", new Error("It is over, secret."))).toEqual([
    "PUT https://nsx.example.com/x: no answer, 12 ms",
  ]);
});

test("a secret that stands in a path, or in an id, is not shown", async () => {
  const lines: string[] = [];
  const { byName } = createProviders({
    environment: { NIM_ENDPOINT: "https://nim.invalid", NIM_USERNAME: "admin", NIM_PASSWORD: "kan4rie-gelb" },
    clock: createVirtualClock(),
    log: { warn: () => {}, progress: () => {}, debug: (line) => lines.push(line) },
    transport: async () => ({ status: 404, headers: { "x-request-id": "kan4rie-gelb" }, body: "{}" }),
  });
  await expect(byName.Role?.read?.("kan4rie-gelb", { name: "kan4rie-gelb" })).rejects.toThrow();
  expect(lines[0]).toMatch(
    /^GET https:\/\/nim\.invalid\/api\/platform\/v1\/roles\/\[secret\]: 404, request \[secret\], /,
  );
  expect(lines.join("\n")).not.toContain("kan4rie");
});
