// What can become of one answer on its way. A mutation says whether it is a believable lie: an answer that the real
// system could have given, so that nobody can be blamed for believing it.
import { ConnectionReset, type SimRequest, type SimResponse } from "../../simulators/kit/index.ts";

export interface Mutation {
  readonly name: string;
  /** The answer needs no server: then it can also come before the server has carried anything out. */
  readonly needsServer: boolean;
  readonly isBelievable: boolean;
  /** The status that an error must name. */
  readonly status?: number;
  /** The field that is not what it should be, which an error must name. */
  readonly field?: string;
  apply(answer: SimResponse, request: SimRequest): SimResponse;
}

export const trap = "trap.invalid";

const html = "<html><head><title>Gateway</title></head><body><h1>Something went wrong</h1></body></html>";
const strangers: Record<string, string> = {
  "no body": "",
  "a proxy's page": html,
  "a proxy's JSON": '{"message":"no route"}',
  "AWS's JSON": '{"__type":"ResourceNotFoundException","Message":"Not Found"}',
  "Kong's JSON": '{"message":"no Route matched with those values","request_id":"8ab1"}',
  "Envoy's text": "no healthy upstream",
  "a number": "404",
  "a list": "[]",
  "an empty object": "{}",
  null: "null",
};
const nsxError: Record<string, unknown> = {
  httpStatus: "SOMETHING",
  error_code: 98_765,
  module_name: "common-services",
  error_message: "This came from elsewhere",
  related_errors: [{ error_message: "one more", error_code: 1 }],
};
const nimError: Record<string, unknown> = {
  code: 7,
  message: "This came from elsewhere",
  details: [{ description: "one more" }],
};
const wrongValues: [string, unknown][] = [
  ["null", null],
  ["a number", 5],
  ["a text", "mutated"],
  ["true", true],
  ["a list", []],
  ["an object", {}],
  ["a list with null", [null]],
  ["a long text", "x".repeat(20_000)],
];

const statuses = [
  200, 201, 202, 204, 206, 300, 304, 400, 401, 402, 403, 404, 405, 408, 409, 410, 412, 413, 422, 429, 451, 500, 501,
  502, 503, 504, 520,
];

function answer(name: string, status: number, body: string, headers: SimResponse["headers"] = {}): Mutation {
  const type = body.startsWith("<") ? "text/html" : "application/json";
  const all = { "content-type": type, ...headers };
  return {
    name,
    needsServer: false,
    isBelievable: false,
    ...(status >= 400 && { status }),
    apply: () => ({ status, headers: all, body }),
  };
}

function statusMutations(): Mutation[] {
  return statuses.flatMap((status) =>
    Object.entries(strangers).map(([whose, body]) => answer(`${status} with ${whose}`, status, body)),
  );
}

/** Error bodies in the system's own form, whole and with each field missing or wrong. */
function errorMutations(): Mutation[] {
  return [400, 403, 404, 409, 412, 429, 500, 503].flatMap((status) =>
    Object.entries({ NSX: nsxError, NIM: nimError }).flatMap(([system, whole]) => [
      answer(`${status} in the words of ${system}`, status, JSON.stringify(whole)),
      ...Object.keys(whole).flatMap((field) => {
        const { [field]: _, ...rest } = whole;
        const wrong = wrongValues
          .slice(0, 7)
          .map(([what, value]) =>
            answer(`${status} of ${system}, ${field} is ${what}`, status, JSON.stringify({ ...whole, [field]: value })),
          );
        return [answer(`${status} of ${system} without ${field}`, status, JSON.stringify(rest)), ...wrong];
      }),
    ]),
  );
}

function redirectMutations(): Mutation[] {
  const targets: Record<string, (path: string) => string> = {
    "a stranger": (path) => `http://${trap}${path}`,
    "a stranger without a scheme": (path) => `//${trap}${path}`,
    "a stranger with a password": (path) => `http://user:pw@${trap}${path}`,
    "another path": () => "/policy/api/v1/infra/segments/somebody-elses",
    "a path up": () => "../../../../etc/passwd",
    "no scheme that there is": () => "javascript:alert(1)",
    nonsense: () => "http://[::",
    itself: (path) => path,
    nothing: () => "",
  };
  return [301, 302, 303, 307, 308].flatMap((status) =>
    Object.entries(targets).map(([where, to]) => ({
      ...answer(`${status} to ${where}`, status, ""),
      apply: (_: SimResponse, { path }: SimRequest) => ({ status, headers: { location: to(path) }, body: "" }),
    })),
  );
}

function retryMutations(): Mutation[] {
  const values = [
    "0",
    "1",
    "5",
    "-5",
    "1e9",
    "99999999999999999999",
    "soon",
    "",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "1, 2",
    "NaN",
    "0x10",
  ];
  return [429, 503, 202, 301].flatMap((status) =>
    values.map((value) =>
      answer(`${status}, Retry-After ${JSON.stringify(value)}`, status, "{}", { "retry-after": value }),
    ),
  );
}

/** A server that shows what it was sent. */
function echoMutations(): Mutation[] {
  return [400, 401, 403, 404, 409, 500, 503].flatMap((status) =>
    ["error_message", "message", "text"].map((field) => ({
      ...answer(`${status} that shows the request as ${field}`, status, ""),
      apply: (_: SimResponse, { method, path, headers, body }: SimRequest) => {
        const shown = `${method} ${path} ${JSON.stringify(headers)} ${body}`;
        const said =
          field === "text"
            ? shown
            : JSON.stringify({ [field]: shown, code: status, error_code: status, details: [{ description: shown }] });
        return {
          status,
          headers: { "content-type": field === "text" ? "text/plain" : "application/json" },
          body: said,
        };
      },
    })),
  );
}

function changed(
  name: string,
  change: (answer: SimResponse, request: SimRequest) => SimResponse,
  isBelievable = false,
): Mutation {
  return { name, needsServer: true, isBelievable, apply: change };
}

const body = (name: string, change: (text: string) => string) =>
  changed(`the body: ${name}`, (whole) => ({ ...whole, body: change(whole.body) }));

function bodyMutations(): Mutation[] {
  return [
    body("empty", () => ""),
    body("cut in the middle", (text) => text.slice(0, Math.floor(text.length / 2))),
    body("cut by one", (text) => text.slice(0, -1)),
    body("more behind it", (text) => `${text}}`),
    body("twice", (text) => text + text),
    body("a mark before it", (text) => `\uFEFF${text}`),
    body("in a list", (text) => `[${text}]`),
    body("in an object", (text) => `{"data":${text || null}}`),
    body("as a text", (text) => JSON.stringify(text)),
    body("null", () => "null"),
    body("{}", () => "{}"),
    body("[]", () => "[]"),
    body("a number", () => "5"),
    body("a page", () => html),
    body("nested deeply in lists", () => "[".repeat(100_000) + "]".repeat(100_000)),
    body("nested deeply in objects", () => `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`),
    body("4 MB more in a field", (text) => text.replace(/^\{/, `{"pad":"${"x".repeat(4_000_000)}",`)),
    body("a prototype in it", (text) => text.replace(/^\{/, '{"__proto__":{"polluted":true},"constructor":5,')),
    body("somebody else's object", (text) => text.replaceAll("border", "somebody-elses")),
    body("an empty page of a list", () => '{"results":[],"result_count":0,"items":[],"count":0}'),
    body(
      "a list that never ends",
      () =>
        '{"results":[{"id":"x","path":"/infra/segments/x"}],"cursor":"0036again","items":[{"name":"x"}],"count":1000000,"pageToken":"1"}',
    ),
    body("links to a stranger", (text) => text.replace(/"rel":"/g, `"rel":"http://${trap}`)),
    body("links to a stranger without a scheme", (text) => text.replace(/"rel":"/g, `"rel":"//${trap}`)),
    body("links to somebody else's", (text) => text.replace(/"rel":"[^"]*/g, '"rel":"/api/platform/v1/users/admin')),
    body("links up", (text) => text.replace(/"rel":"/g, '"rel":"/../..')),
    body("links to nothing", (text) => text.replace(/"rel":"[^"]*"/g, '"rel":null')),
    changed("no headers", (whole) => ({ ...whole, headers: {} })),
    changed("another content-type", (whole) => ({
      ...whole,
      headers: { ...whole.headers, "content-type": "text/html" },
    })),
    changed("nonsense as content-type", (whole) => ({
      ...whole,
      headers: { ...whole.headers, "content-type": ";;=" },
    })),
    changed("nonsense as date", (whole) => ({ ...whole, headers: { ...whole.headers, date: "yesterday" } })),
    changed("a date far away", (whole) => ({
      ...whole,
      headers: { ...whole.headers, date: "Fri, 31 Dec 9999 23:59:59 GMT" },
    })),
    changed("a cookie of somebody else", (whole) => ({
      ...whole,
      headers: { ...whole.headers, "set-cookie": ["JSESSIONID=;", "x", "=; ;"] },
    })),
    changed("a location beside a success", (whole) => ({
      ...whole,
      headers: { ...whole.headers, location: `http://${trap}/` },
    })),
    changed("204 with the body", (whole) => ({ ...whole, status: 204 })),
    changed("206 with the body", (whole) => ({ ...whole, status: 206 })),
    changed("connection cut in the answer", (whole) => {
      throw new ConnectionReset("the answer broke off", whole);
    }),
    {
      ...answer("connection reset", 0, ""),
      apply: () => {
        throw new ConnectionReset("reset");
      },
    },
  ];
}

type Step = string | number;

/** Every place in an answer: a list stands for itself and its first element. */
function placesIn(value: unknown, here: Step[] = []): Step[][] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Array.isArray(value) ? value.slice(0, 1).map((each, at) => [at, each] as const) : Object.entries(value);
  return inner.flatMap(([step, each]) => [[...here, step], ...placesIn(each, [...here, step])]);
}

function valueAt(value: unknown, place: Step[]): unknown {
  return place.reduce((inner, step) => (inner as Record<Step, unknown>)[step], value);
}

function formOf(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return value.includes(null) ? "a list with null" : "a list";
  return typeof value === "object" ? "an object" : "one value";
}

function changedAt(
  value: unknown,
  [step, ...rest]: Step[],
  change: (holder: Record<Step, unknown>, step: Step) => void,
): void {
  if (typeof value !== "object" || value === null || step === undefined) return;
  if (rest.length === 0) change(value as Record<Step, unknown>, step);
  else changedAt((value as Record<Step, unknown>)[step], rest, change);
}

function atPlace(text: string, place: Step[], change: (holder: Record<Step, unknown>, step: Step) => void): string {
  try {
    const whole = JSON.parse(text);
    changedAt(whole, place, change);
    return JSON.stringify(whole);
  } catch {
    return text;
  }
}

/** By these the answer says what it is about; with another value of theirs it is about something else. */
export function fieldMutations(sample: string): Mutation[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(sample);
  } catch {
    return [];
  }
  return placesIn(parsed).flatMap((place) => {
    const name = place.join(".");
    const is = formOf(valueAt(parsed, place));
    const field = String(place.findLast((step) => typeof step === "string") ?? "");
    const without = changed(
      `${name} left out`,
      (whole) => ({ ...whole, body: atPlace(whole.body, place, (holder, step) => delete holder[step]) }),
      true,
    );
    const wrong = wrongValues.map(([what, value]) => ({
      ...changed(
        `${name} is ${what}`,
        (whole) => ({
          ...whole,
          body: atPlace(whole.body, place, (holder, step) => {
            holder[step] = value;
          }),
        }),
        true,
      ),
      // Null, a field left out and another value of the same form may all be what the system has to say.
      ...(![is, "nothing"].includes(formOf(value)) && is !== "nothing" && { field }),
    }));
    return [without, ...wrong];
  });
}

/** What can happen to any answer. */
export const generalMutations: readonly Mutation[] = [
  ...statusMutations(),
  ...errorMutations(),
  ...redirectMutations(),
  ...retryMutations(),
  ...echoMutations(),
  ...bodyMutations(),
];
