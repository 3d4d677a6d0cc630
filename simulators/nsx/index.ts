import { randomBytes } from "node:crypto";
import { type Control, createSimulator, listen, type SimHandler, type SimulatorOptions } from "../kit/index.ts";
import type { CloudAccount } from "./accounts.ts";
import type { NsxOperations } from "./control.ts";
import type { Role } from "./roles.ts";
import { nsxSwitches } from "./switches.ts";
import { createNsxSystem } from "./system.ts";

export { type NsxSwitches, nsxSwitches } from "./switches.ts";

export interface NsxSimulatorOptions extends SimulatorOptions<typeof nsxSwitches> {
  /** Port on 127.0.0.1; default: a free one. `false` opens no HTTP listener. */
  port?: number | false;
  /** Also HTTPS, on a free port or on this one. */
  https?: boolean | number;
  /** Password of the user `admin`. */
  password?: string;
  /** Passwords of further users by name. */
  users?: Record<string, string>;
  /** Names of roles by user; that of everybody else is `enterprise_admin`. */
  roles?: Record<string, string>;
  /** Roles beside `enterprise_admin`, `network_engineer` and `auditor`, by name: permissions by feature. */
  customRoles?: Record<string, Role>;
  /** Principal identities: certificates (PEM) by name, which are shown over HTTPS. What they create is protected. */
  principals?: Record<string, string>;
}

export type NsxControl = Control<typeof nsxSwitches> & NsxOperations;

/** A running NSX manager that is not one. */
export interface NsxSimulator {
  /** Address over HTTP; over HTTPS when there is no HTTP listener. */
  url: string;
  httpsUrl?: string;
  /** PEM that a client must trust for `httpsUrl`. */
  caCertificate?: string;
  username: string;
  password: string;
  /** A JWT of the same user, good for a day. */
  token: string;
  /** What the same user exchanges for access tokens at `/csp/gateway/am/api/auth/`. */
  cloud: Readonly<CloudAccount>;
  /** What `/_control/` asks for: `authorization: Bearer <controlToken>`. */
  controlToken: string;
  /** The manager without sockets. */
  handle: SimHandler;
  control: NsxControl;
  close(): Promise<void>;
}

/** Starts a simulated NSX manager (NSX-T 3.2, Policy API) on this machine's loopback. */
export async function startNsxSimulator(options: NsxSimulatorOptions = {}): Promise<NsxSimulator> {
  const { port = 0, https = false, password = "VMware1!VMware1!", users = {}, roles = {} } = options;
  const { customRoles = {}, principals = {} } = options;
  const username = "admin";
  const accounts = { users: { ...users, [username]: password }, roles, customRoles, principals };
  const secret = () => randomBytes(24).toString("base64url");
  const cloud = { user: username, apiToken: secret(), clientId: "nsx-simulator", clientSecret: secret() };
  const { handle, control, system, controlToken } = createSimulator(nsxSwitches, options, (environment) =>
    createNsxSystem(environment, accounts, cloud),
  );
  const httpsPort = https === true ? 0 : https;
  const { close, url, httpsUrl, caCertificate } = await listen(handle, {
    port,
    httpsPort,
    name: "nsx-simulator",
    now: control.clock.now,
  });
  return {
    url: url ?? httpsUrl ?? "",
    ...(httpsUrl && caCertificate && { httpsUrl, caCertificate }),
    username,
    password,
    token: system.act.issueToken(username, 24 * 60 * 60),
    cloud,
    controlToken,
    handle,
    control: { ...control, ...system.act },
    close,
  };
}
