import { type Control, createSimulator, listen, type SimHandler, type SimulatorOptions } from "../kit/index.ts";
import type { NsxOperations } from "./control.ts";
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
  /** What `/_control/` asks for: `authorization: Bearer <controlToken>`. */
  controlToken: string;
  /** The manager without sockets. */
  handle: SimHandler;
  control: NsxControl;
  close(): Promise<void>;
}

/** Starts a simulated NSX manager (NSX-T 3.2, Policy API) on this machine's loopback. */
export async function startNsxSimulator(options: NsxSimulatorOptions = {}): Promise<NsxSimulator> {
  const { port = 0, https = false, password = "VMware1!VMware1!", users = {} } = options;
  const username = "admin";
  const passwords = { ...users, [username]: password };
  const { handle, control, system, controlToken } = createSimulator(nsxSwitches, options, (environment) =>
    createNsxSystem(environment, passwords),
  );
  const httpsPort = https === true ? 0 : https;
  const { close, url, httpsUrl, caCertificate } = await listen(handle, { port, httpsPort, name: "nsx-simulator" });
  return {
    url: url ?? httpsUrl ?? "",
    ...(httpsUrl && caCertificate && { httpsUrl, caCertificate }),
    username,
    password,
    controlToken,
    handle,
    control: { ...control, ...system.act },
    close,
  };
}
