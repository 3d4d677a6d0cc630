// What is sent for a token, to whom, and what becomes of each answer (RFC 6749; VMware's Cloud Services).
import { describe, expect, test } from "vitest";
import { LoginError } from "../../provider/travel/errors.ts";
import { type Credential, tokenExchange } from "../../provider/travel/oauth.ts";
import type { Answer, Request } from "../../provider/travel/transport.ts";
import { noLimit } from "../tools/noLimit.ts";
import { createVirtualClock } from "../tools/virtualClock.ts";

const vmware: Credential = {
  url: "https://console.example.com/csp/gateway/am/api/auth/api-tokens/authorize",
  form: { refresh_token: "r&f=1+2" },
  settings: ["nsx:vmcRefreshToken", "nsx:vmcAuthUrl"],
  places: "the first place",
};
const account: Credential = {
  url: "https://idp.example.com/token",
  form: { grant_type: "client_credentials", scope: "api://nim/.default" },
  account: { id: "i:d", secret: "s e+c%pq" },
  settings: ["nim:oidcClientId", "nim:oidcClientSecret"],
  places: "the second place",
};

const ok = (body: unknown): Answer => ({ status: 200, headers: {}, body: JSON.stringify(body) });
const answer = (status: number, body: unknown, headers = {}): Answer => ({
  status,
  headers,
  body: typeof body === "string" ? body : JSON.stringify(body),
});

function exchangeWith(credential: Credential, ...answers: Answer[]) {
  const requests: Request[] = [];
  const secrets: string[] = [];
  const exchange = tokenExchange(
    credential,
    createVirtualClock(),
    (secret) => secrets.push(secret),
    async (request) => {
      requests.push(request);
      return answers[Math.min(requests.length, answers.length) - 1] as Answer;
    },
  );
  return { get: () => exchange(noLimit), requests, secrets };
}

async function failure(run: Promise<unknown>): Promise<Error> {
  return run.then(
    () => expect.unreachable("it went well"),
    (error: Error) => error,
  );
}

describe("what is sent", () => {
  test("a form, to that one URL", async () => {
    const { get, requests } = exchangeWith(vmware, ok({ access_token: "a", expires_in: 1799 }));
    expect(await get()).toEqual({ token: "a", expiresIn: 1799 });
    expect(requests).toMatchObject([
      {
        method: "POST",
        origin: "https://console.example.com",
        path: "/csp/gateway/am/api/auth/api-tokens/authorize",
        body: "refresh_token=r%26f%3D1%2B2",
        headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      },
    ]);
    expect(requests[0]?.headers?.authorization).toBeUndefined();
  });

  test("an account as RFC 6749 wants it: both parts encoded before base64", async () => {
    const { get, requests } = exchangeWith(account, ok({ access_token: "a" }));
    expect(await get()).toEqual({ token: "a", expiresIn: undefined });
    const [, encoded = ""] = (requests[0]?.headers?.authorization ?? "").split(" ");
    expect(Buffer.from(encoded, "base64").toString()).toBe("i%3Ad:s+e%2Bc%25pq");
    expect(requests[0]?.body).toBe("grant_type=client_credentials&scope=api%3A%2F%2Fnim%2F.default");
  });
});

describe("what is answered", () => {
  test("every token in it is a secret, and the form in which an account was sent", async () => {
    const body = { access_token: "access", refresh_token: "refresh", id_token: "identity", expires_in: "3599" };
    const { get, secrets } = exchangeWith(account, ok(body));
    expect(await get()).toEqual({ token: "access", expiresIn: 3599 });
    expect(secrets).toEqual(["s+e%2Bc%25pq", "access", "refresh", "identity"]);
  });

  test("an error that passes: asked again", async () => {
    const { get, requests } = exchangeWith(vmware, answer(503, ""), answer(502, "<html>"), ok({ access_token: "a" }));
    expect(await get()).toMatchObject({ token: "a" });
    expect(requests).toHaveLength(3);
  });

  test.each<[string, Answer, string]>([
    [
      "VMware's words",
      answer(400, { statusCode: 400, message: "invalid_grant: Invalid refresh token", traceId: "x" }),
      "answered 400: invalid_grant: Invalid refresh token",
    ],
    [
      "OAuth's words",
      answer(401, { error: "invalid_client", error_description: "Bad client credentials" }),
      "answered 401: invalid_client: Bad client credentials",
    ],
    ["OAuth's word alone", answer(400, { error: "invalid_scope" }), "answered 400: invalid_scope"],
    ["no words", answer(403, ""), "answered 403: not the token endpoint's own error but an empty body"],
    ["a page where no endpoint is", answer(404, "<html><title>Not found</title></html>"), "HTML (Not found)"],
    [
      "a redirect, which is not followed",
      answer(307, "", { location: "https://elsewhere.example/token" }),
      "redirected to https://elsewhere.example, which is not configured and therefore not followed",
    ],
    ["a page in place of a token", answer(200, "<html><title>Sign in</title></html>"), "HTML (Sign in)"],
    ["JSON without a token", ok({ id_token: "identity" }), "access_token"],
  ])("%s: a refusal that names the settings", async (_, said, words) => {
    for (const credential of [vmware, account]) {
      const { get, requests } = exchangeWith(credential, said);
      const error = await failure(get());
      expect(error).toBeInstanceOf(LoginError);
      expect(error.message).toContain(words);
      expect(error.message).toContain(`Check ${credential.places}.`);
      expect(requests).toHaveLength(1);
      expect(error.message).not.toMatch(/identity|r&f|c%/);
    }
  });

  test("a failure of the server's is none", async () => {
    const { get, requests } = exchangeWith(vmware, answer(500, "{}"));
    const error = await failure(get());
    expect(error).not.toBeInstanceOf(LoginError);
    expect(error.message).toContain("answered 500");
    expect(requests).toHaveLength(4);
  });
});
