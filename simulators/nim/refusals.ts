// One refusal is said in several ways. When something is refused is decided elsewhere and does not change; here is only how
// it is said. Sources: docs/nim.md#errors.
import { empty, json, type SimRequest, type SimResponse, type Switches } from "../kit/index.ts";
import { errorResponse, gatewayError, gatewayPage, NimError } from "./errors.ts";

type Wording = (error: NimError, request: SimRequest) => SimResponse;

const asIs: Wording = (error) => errorResponse(error);

/** The message is the status's; what it is about stands in the details. */
const inDetails: Wording = ({ status, message, details }) =>
  errorResponse(new NimError(status, status === 404 ? "Not Found" : "Conflict", { details: [message, ...details] }));

/** Some services count their errors themselves. */
const serviceCode: Wording = ({ status, message, details }) =>
  errorResponse(new NimError(status, message, { code: 131043, details }));

const textCode: Wording = ({ status, message }) => json(status, { code: String(status), message, details: null });

const statusAlone: Wording = ({ status }) => empty(status);

/** The words of the guide's table of statuses, whatever has happened. */
const generic: Wording = ({ status }) =>
  errorResponse(new NimError(status, "The resource already exists or is referenced by another resource."));

/** What the path of a request names, by name or uid: a config is its instance's or group's. */
function nameIn({ path }: SimRequest): string {
  const segments = new URL(path, "http://nim").pathname.split("/").filter((segment) => segment !== "config");
  return decodeURIComponent(segments.at(-1) ?? "");
}

const stale = {
  message: asIs,
  details: inDetails,
  "service code": serviceCode,
  "text code": textCode,
} satisfies Record<string, Wording>;

const conflict = {
  message: asIs,
  details: inDetails,
  "service code": serviceCode,
  "text code": textCode,
  generic,
  "no body": statusAlone,
} satisfies Record<string, Wording>;

const gone = {
  noun: asIs,
  name: (_error, request) =>
    errorResponse(new NimError(404, `error getting ${nameIn(request)}: not found`, { code: 131043 })),
  "does not exist": (error, request) => {
    const noun = error.message.replace(/ Not Found$/, "");
    return errorResponse(new NimError(404, `${noun} with id ${nameIn(request)} does not exist`));
  },
  details: inDetails,
  "service code": serviceCode,
  "text code": textCode,
} satisfies Record<string, Wording>;

/** The guide's table gives 401 for a missing login and a missing permission; the gateway has a page for 403 as well. */
const denied = {
  message: asIs,
  details: ({ message }) => errorResponse(new NimError(403, "Forbidden", { details: [message] })),
  gateway: () => gatewayError(403, "Forbidden"),
  unauthorized: () => gatewayError(401, "Unauthorized"),
  "no body": statusAlone,
} satisfies Record<string, Wording>;

/** Of a path that nobody has: the gateway's two forms, and what a router behind it would say of it. */
const ofNobody = {
  "502": () => gatewayError(502, "Upstream Unavailable"),
  "502, a page": () => gatewayPage(502, "Bad Gateway"),
  "404": () => gatewayError(404, "Not Found"),
  "404, a page": () => gatewayPage(404, "Not Found"),
  "404 with the path": (path) => gatewayError(404, `${path} not found`),
  "404 of a service": () => errorResponse(new NimError(404, "no matching operation was found")),
} satisfies Record<string, (path: string) => SimResponse>;

const wordings = { stale, exists: conflict, inUse: conflict, gone, denied };

const namesIn = <T extends object>(table: T) => Object.keys(table) as (keyof T & string)[];

export const refusalSwitches = {
  staleSaid: { default: "message", values: namesIn(stale), help: "how it is said that a config is older" },
  existsSaid: { default: "message", values: namesIn(conflict), help: "how it is said that an object exists already" },
  inUseSaid: { default: "message", values: namesIn(conflict), help: "how it is said that an object is referenced" },
  goneSaid: { default: "noun", values: namesIn(gone), help: "how it is said that there is no such object" },
  unmappedSaid: { default: "502", values: namesIn(ofNobody), help: "how it is said that the API has no such path" },
  deniedSaid: { default: "message", values: namesIn(denied), help: "how it is said that a permission is missing" },
} as const;

/** The answer that says an error as the switches have it. */
export function refusal(error: NimError, request: SimRequest, switches: Switches<typeof refusalSwitches>): SimResponse {
  if (error.meaning === undefined) return errorResponse(error);
  const rows: Record<string, Wording> = wordings[error.meaning];
  return (rows[switches[`${error.meaning}Said`]] ?? asIs)(error, request);
}

/** What is answered at a path that is none of the API's, such as one of another version. */
export function unmapped(path: string, { unmappedSaid }: Switches<typeof refusalSwitches>): SimResponse {
  return ofNobody[unmappedSaid](path);
}

/** What NIM or its gateway says now and then, whatever is asked; a test injects it by its name. */
export const occasions: Record<string, () => SimResponse> = {
  "busy 429, a page": () => gatewayPage(429, "Too Many Requests"),
  "busy 429": () => gatewayError(429, "Too Many Requests"),
  "busy 503": () => errorResponse(new NimError(503, "The service is starting.")),
  "busy 503, a page": () => gatewayPage(503, "Service Temporarily Unavailable"),
  "denied 401": () => gatewayError(401, "Unauthorized"),
  "denied 403": () => gatewayError(403, "Forbidden"),
  "denied 403 of a service": () => errorResponse(new NimError(403, "The user lacks the permission.")),
  "denied 403, no body": () => empty(403),
};
