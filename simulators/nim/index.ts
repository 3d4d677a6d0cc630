import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Control, createSimulator, listen, type SimHandler, type SimulatorOptions } from "../kit/index.ts";
import type { InstanceInfo, NimOperations } from "./control.ts";
import type { SystemOptions } from "./fleet.ts";
import { findNginx } from "./nginx/find.ts";
import { createHost } from "./nginx/host.ts";
import type { NginxHost } from "./nginx/hostTypes.ts";
import { packagedMain } from "./startDisk.ts";
import { nimSwitches } from "./switches.ts";
import { createNimSystem } from "./system.ts";

export type { ConfigEdit, InstanceInfo, NimOperations } from "./control.ts";
export type { SystemOptions } from "./fleet.ts";
export { findNginx } from "./nginx/find.ts";
export { type NimSwitches, nimRealLimits, nimSwitches } from "./switches.ts";

export interface NimSimulatorOptions extends SimulatorOptions<typeof nimSwitches> {
  /** Port on 127.0.0.1; default: a free one. `false` opens no HTTP listener. */
  port?: number | false;
  /** Also HTTPS, on a free port or on this one. */
  https?: boolean | number;
  /** Password of the user `admin`. */
  password?: string;
  /** Passwords of further users by name; they have the admin role. */
  users?: Record<string, string>;
  /** Hosts with one nginx each; default: `web-1`, open source, and `web-2`, NGINX Plus. */
  systems?: SystemOptions[];
  /** `false`: no nginx, even where there is one; then syntax is checked only as far as its grammar goes. */
  nginx?: boolean;
  /** Name of the instance group that all of them are in; default: `web`. */
  instanceGroup?: string;
}

export type NimControl = Control<typeof nimSwitches> & NimOperations;

/** A running NGINX Instance Manager that is none, with instances that are real. */
export interface NimSimulator {
  /** Address over HTTP; over HTTPS when there is no HTTP listener. */
  url: string;
  httpsUrl?: string;
  /** PEM that a client must trust for `httpsUrl`. */
  caCertificate?: string;
  username: string;
  password: string;
  /** What `/_control/` asks for: `authorization: Bearer <controlToken>`. */
  controlToken: string;
  /** For the switch `oidc`. */
  oidc: { tokenUrl: string; clientId: string; clientSecret: string; scope: string };
  /** Instances as they are at the start; `control.instances()` has them as they are now. */
  instances: InstanceInfo[];
  /** Uid of the instance group. */
  instanceGroup: string;
  /** Version of the nginx behind the instances; undefined: there is none, and syntax is not checked by nginx. */
  nginx: string | undefined;
  /** The instances, and whether nginx is behind them, one line each. */
  notes: string[];
  /** NIM without sockets. */
  handle: SimHandler;
  control: NimControl;
  close(): Promise<void>;
}

const defaultSystems: SystemOptions[] = [{ hostname: "web-1" }, { hostname: "web-2", plus: true }];

/** Starts a simulated NGINX Instance Manager (2.22) on this machine's loopback, with a real nginx for each instance. */
export async function startNimSimulator(options: NimSimulatorOptions = {}): Promise<NimSimulator> {
  const { port = 0, https = false, password = "NIM-simulator-1!", users = {} } = options;
  const { systems = defaultSystems, instanceGroup = "web" } = options;
  const binary = options.nginx === false ? undefined : findNginx();
  const username = "admin";
  const folder = await mkdtemp(join(tmpdir(), "nim-simulator-"));
  const hosts = new Map<string, NginxHost>();
  for (const [i, { hostname, plus = false, configPath = packagedMain }] of systems.entries()) {
    // Short, for paths of sockets may not be long.
    hosts.set(hostname, await createHost(binary, { folder: join(folder, String(i)), configPath, plus }));
  }
  const setup = { passwords: { ...users, [username]: password }, systems, groupName: instanceGroup, hosts };
  const { handle, control, system, controlToken } = createSimulator(nimSwitches, options, (environment) =>
    createNimSystem(environment, setup),
  );
  await system.act.settled();
  const httpsPort = https === true ? 0 : https;
  const listening = await listen(handle, { port, httpsPort, name: "nim-simulator", now: control.clock.now });
  const { httpsUrl, caCertificate } = listening;
  const url = listening.url ?? httpsUrl ?? "";
  const { tokenPath, ...client } = system.auth.oidc;
  return {
    url,
    ...(httpsUrl && caCertificate && { httpsUrl, caCertificate }),
    username,
    password,
    controlToken,
    oidc: { tokenUrl: url + tokenPath, ...client },
    instances: system.act.instances(),
    instanceGroup: [...system.fleet.groups.keys()][0] as string,
    nginx: binary?.version,
    notes: notesOn(system.act.instances(), binary?.version),
    handle,
    control: { ...control, ...system.act },
    close: async () => {
      await listening.close();
      await system.stop();
      await Promise.all([...hosts.values()].map((host) => host.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function notesOn(instances: InstanceInfo[], nginx: string | undefined): string[] {
  const lines = instances.map(({ hostname, systemUid, instanceUid, plus, url = "serves nothing" }) => {
    return `${hostname}  ${url}  systemUid ${systemUid}  instanceUid ${instanceUid}${plus ? "  NGINX Plus" : ""}`;
  });
  if (nginx !== undefined) return lines;
  return [...lines, "no nginx here: nothing is served, and syntax is not checked by nginx, only braces and semicolons"];
}
