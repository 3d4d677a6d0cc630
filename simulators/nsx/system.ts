import { type Environment, json, parseExactly, type SimRequest, type SimResponse, type System } from "../kit/index.ts";
import { type AccountOptions, type CloudAccount, createAccounts } from "./accounts.ts";
import { withCloudDirector } from "./cloudDirector.ts";
import { type NsxOperations, nsxOperations } from "./control.ts";
import { NsxError, noCharset, notFound, unreadable, unsupportedType } from "./errors.ts";
import type { Json } from "./fields.ts";
import { createLogins } from "./logins.ts";
import { nodeApi } from "./nodeApi.ts";
import { createObjectApi } from "./objectApi.ts";
import { createPolicy } from "./policy.ts";
import { createRealization, type Realization } from "./realization.ts";
import { occasions, refusal } from "./refusals.ts";
import { createSessions, type Sessions } from "./sessions.ts";
import { createStore, type Store } from "./store.ts";
import type { NsxSwitches, nsxSwitches } from "./switches.ts";
import { createTokenEndpoint, isTokenEndpoint } from "./tokenEndpoint.ts";
import { initialObjects } from "./types.ts";

export interface NsxSystem extends System {
  store: Store;
  sessions: Sessions;
  realization: Realization;
  act: NsxOperations;
}

const policyPrefix = "/policy/api/v1";

/** The manager as a function from request to response. */
export function createNsxSystem(
  environment: Environment<typeof nsxSwitches>,
  options: AccountOptions,
  cloud: CloudAccount,
): NsxSystem {
  const store = createStore(environment);
  const accounts = createAccounts(environment, options, cloud);
  const sessions = createSessions(environment, accounts);
  const logins = createLogins(environment, accounts, sessions);
  const tokenEndpoint = createTokenEndpoint(environment, accounts);
  const realization = createRealization(environment.clock, environment.switches);
  const policy = withCloudDirector(createPolicy(environment, store), store, environment);
  const parts = { environment, store, policy, realization };
  let objectApi = createObjectApi(parts);
  const { act, operations } = nsxOperations({ ...parts, sessions, accounts });

  function answer(request: SimRequest, requestId: string): SimResponse {
    const url = new URL(request.path, "http://nsx");
    const { searchParams: query } = url;
    const { method, headers } = request;
    if (isTokenEndpoint(url.pathname)) return tokenEndpoint(request, url.pathname);
    const { basePath } = environment.switches;
    if (!url.pathname.startsWith(`${basePath}/`)) return proxyKnowsNothing;
    const pathname = url.pathname.slice(basePath.length);
    if (pathname === "/api/session/create" && method === "POST") return sessions.create(request);
    if (pathname === "/api/session/destroy" && method === "POST") return sessions.destroy(request);
    const user = logins.authenticate(request);
    checkContentType(request, environment.switches);
    const [protects, role] = [accounts.protects(user), accounts.permissionsOf(user)];
    const sent = { method, query, headers, body: parseBody(request.body), text: request.body };
    const common = { ...sent, user, protects, role, requestId };
    const answered = nodeApi(method, pathname, environment.switches, {
      user,
      role: accounts.roleOf(user),
      permissions: role,
    });
    if (answered) return answered;
    if (pathname.startsWith(`${policyPrefix}/`)) {
      return objectApi({ ...common, path: decodePath(pathname.slice(policyPrefix.length)) });
    }
    throw notFound(pathname);
  }

  const seed = () => {
    for (const { path, body, user } of initialObjects()) act.change(path, body, user);
    environment.history.reset();
  };
  seed();

  return {
    store,
    sessions,
    realization,
    act,
    operations,
    occasions,
    handle: (request, requestId) => {
      const response = answerOrError(() => answer(request, requestId), environment.switches);
      return { ...response, headers: { ...response.headers, "x-nsx-requestid": requestId } };
    },
    userOf: (request) => logins.claimedUser(request) ?? request.remoteAddress,
    refuse: ({ reason, status, user, limit }) => {
      // Real body of a 429: error_code is a string and httpStatus is missing. The other two texts are not known.
      const text = {
        rate: `Client '${user}' exceeded request rate of ${limit} per second`,
        clientConcurrency: `Client '${user}' exceeded the maximum of ${limit} concurrent requests`,
        totalConcurrency: `The server is overloaded: more than ${limit} concurrent requests`,
      };
      return json(status, { module_name: "common-services", error_message: text[reason], error_code: "102" });
    },
    reset: () => {
      store.clear();
      policy.reset();
      sessions.expire();
      accounts.reset();
      realization.reset();
      objectApi = createObjectApi(parts);
      seed();
    },
  };
}

/** A reverse proxy's own page, below none of whose paths the manager stands. */
const proxyKnowsNothing: SimResponse = {
  status: 404,
  headers: { "content-type": "text/html" },
  body: "<html><head><title>404 Not Found</title></head><body><h1>404 Not Found</h1></body></html>",
};

function answerOrError(answer: () => SimResponse, switches: NsxSwitches): SimResponse {
  try {
    return answer();
  } catch (error) {
    if (error instanceof NsxError) return refusal(error, switches);
    throw error;
  }
}

/** JSON "unless otherwise specified"; who has UTF-8 in the URL has to say so in the same header (guide: "Overview"). */
function checkContentType({ path, headers, body }: SimRequest, { charsetInUrl }: NsxSwitches): void {
  const type = headers["content-type"] ?? "";
  if (body !== "" && !/^(application\/json\b|charset=|$)/i.test(type)) throw unsupportedType(type);
  const isUtf8 = /%[89a-f][\da-f]/i.test(path);
  if (isUtf8 && charsetInUrl === "required" && !/\bcharset="?utf-8\b/i.test(type)) throw noCharset();
}

function parseBody(text: string): Json {
  if (text === "") return {};
  let body: unknown;
  try {
    body = parseExactly(text);
  } catch {
    throw unreadable("the body is not JSON");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw unreadable("the body is not an object");
  return body as Json;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw notFound(path);
  }
}
