import { json, type SimRequest, type SimResponse, type System } from "../kit/index.ts";
import { run } from "./agent/apply.ts";
import { createAnalytics } from "./analytics.ts";
import { type Auth, createAuth } from "./auth.ts";
import { createCertPlacement } from "./certPlacement.ts";
import { createCerts } from "./certs.ts";
import { createStagedConfigs } from "./configs.ts";
import { type NimOperations, nimOperations } from "./control.ts";
import { createDeployments } from "./deployments.ts";
import { badRequest, gatewayPage, NimError } from "./errors.ts";
import { createFleet, type Fleet, type SystemOptions } from "./fleet.ts";
import { createGateway, isMapped } from "./gateway.ts";
import { createInstanceGroups } from "./groups.ts";
import { createLists } from "./lists.ts";
import type { NginxHost } from "./nginx/hostTypes.ts";
import { createPermissions } from "./permissions.ts";
import { isLive, platformRoutes } from "./platform.ts";
import { createPublisher } from "./publish.ts";
import { createRbac } from "./rbac.ts";
import { occasions, refusal, unmapped } from "./refusals.ts";
import { createResourceGroups } from "./resourceGroups.ts";
import { createRouter } from "./router.ts";
import { createScan } from "./scan.ts";
import { systemRoutes } from "./systems.ts";
import { basePath, type NimEnvironment } from "./types.ts";
import { createWork } from "./work.ts";

export interface NimSetup {
  passwords: Record<string, string>;
  systems: SystemOptions[];
  groupName: string;
  hosts: Map<string, NginxHost>;
}

export interface NimSystem extends System {
  fleet: Fleet;
  auth: Auth;
  act: NimOperations;
  /** Ends what is under way, so that the hosts can be closed. */
  stop(): Promise<void>;
}

/** NIM as a function from request to response. */
export function createNimSystem(environment: NimEnvironment, setup: NimSetup): NimSystem {
  const { switches } = environment;
  const passwords = { ...setup.passwords };
  const work = createWork(environment.clock);
  const fleet = createFleet(environment, setup.hosts, setup.systems, setup.groupName);
  const lists = createLists(environment);
  const deployments = createDeployments(environment);
  const staged = createStagedConfigs(environment, fleet, lists);
  const placement = createCertPlacement(environment, fleet, work);
  const certs = createCerts(environment, fleet, lists, placement);
  const rbac = createRbac(environment, fleet, lists, Object.keys(setup.passwords));
  const resourceGroups = createResourceGroups(environment, fleet, lists);
  const instanceGroups = createInstanceGroups(environment, fleet, deployments, lists);
  const publisher = createPublisher({ environment, fleet, deployments, staged, placement, work });
  const permissions = createPermissions(environment, fleet, rbac, (name) => placement.certs.has(name));
  const analytics = createAnalytics(environment, fleet, lists);
  const scan = createScan(environment, fleet, lists);
  const gateway = createGateway(environment);
  const auth = createAuth(environment, passwords);
  const find = createRouter({
    ...systemRoutes(environment, fleet, deployments, lists),
    ...instanceGroups.routes,
    ...deployments.routes,
    ...publisher.routes,
    ...staged.routes,
    ...certs.routes,
    ...rbac.routes,
    ...resourceGroups.routes,
    ...platformRoutes(environment, fleet, rbac, lists),
    ...analytics.routes,
    ...scan.routes,
  });
  const { act, operations } = nimOperations({
    environment,
    fleet,
    work,
    deployments,
    certs,
    rbac,
    instanceGroups,
    publisher,
    placement,
    analytics,
    scan,
    auth,
    passwords,
  });

  /** What never reaches NIM: the identity provider's, and what a reverse proxy has below no path. */
  function beforeNim(request: SimRequest): SimRequest | SimResponse {
    const { pathname } = new URL(request.path, "http://nim");
    if (pathname === auth.oidc.tokenPath && request.method === "POST") return auth.issueToken(request);
    const { proxyPath } = switches;
    if (!pathname.startsWith(`${proxyPath}/`)) return gatewayPage(404, "Not Found");
    return { ...request, path: request.path.slice(proxyPath.length) };
  }

  function answer(request: SimRequest, requestId: string): SimResponse | Promise<SimResponse> {
    const url = new URL(request.path, "http://nim");
    if (isLive(url.pathname)) return json(200, { status: "healthy" });
    const refused = gateway.refuse(request);
    if (refused) return refused;
    if (!url.pathname.startsWith("/api/")) return gatewayPage(404, "Not Found");
    const user = auth.authenticate(request);
    if (typeof user !== "string") return user;
    const root = basePath(switches);
    const path = url.pathname.startsWith(`${root}/`) ? url.pathname.slice(root.length) : "";
    if (!isMapped(path)) return unmapped(url.pathname, switches);
    permissions.check(user, request.method, path);
    const { handler, params } = find(request.method, path);
    const body = readBody(request);
    return handler({ method: request.method, params, query: url.searchParams, body, user, requestId });
  }

  /** Hosts go on running: they are given the files of the start again. */
  const restart = () => {
    for (const instance of fleet.instances.values()) {
      work.background(() =>
        work.on(instance.uid, async () => {
          await run(instance.host, instance.disk, instance.configPath);
        }),
      );
    }
  };
  restart();

  return {
    fleet,
    auth,
    act,
    operations,
    occasions,
    stop: () => {
      work.hurry();
      return work.settled();
    },
    handle: (request, requestId) => {
      const withMode = (response: SimResponse) => {
        const mode = switches.oidc ? "OIDC" : "Basic";
        return { ...response, headers: { ...response.headers, "nginx-management-suite-auth": mode } };
      };
      const failed = (error: unknown) => {
        if (error instanceof NimError) return withMode(refusal(error, request, switches));
        throw error;
      };
      const before = beforeNim(request);
      if ("status" in before) return before;
      try {
        const answered = answer(before, requestId);
        return answered instanceof Promise ? answered.then(withMode, failed) : withMode(answered);
      } catch (error) {
        return failed(error);
      }
    },
    userOf: (request) => auth.claimedUser(request) ?? request.remoteAddress,
    refuse: ({ status, reason }) =>
      gatewayPage(status, reason === "rate" ? "Too Many Requests" : "Service Unavailable"),
    reset: () => {
      work.hurry();
      fleet.reset();
      for (const part of [lists, staged, certs, rbac, resourceGroups, analytics, scan, gateway]) part.reset();
      deployments.forget();
      auth.revokeTokens();
      Object.assign(passwords, setup.passwords);
      restart();
    },
  };
}

/** JSON whatever happens: no media type means JSON, any other one is refused (overview of the guide). */
function readBody({ body, headers }: SimRequest): unknown {
  if (body === "") return {};
  const type = headers["content-type"] ?? "application/json";
  if (!/^application\/json\b/i.test(type)) {
    throw badRequest(`Request body has an error: header Content-Type has unexpected value ${JSON.stringify(type)}`);
  }
  try {
    return JSON.parse(body);
  } catch (error) {
    throw badRequest(`Request body has an error: failed to decode request body: ${(error as Error).message}`);
  }
}
