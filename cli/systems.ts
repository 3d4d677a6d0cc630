import { realLimits, type SwitchTable } from "../simulators/kit/index.ts";
import { type NimSimulatorOptions, nimRealLimits, nimSwitches, startNimSimulator } from "../simulators/nim/index.ts";
import {
  type NsxSimulator,
  type NsxSimulatorOptions,
  nsxSwitches,
  startNsxSimulator,
} from "../simulators/nsx/index.ts";
import { addToNim, addToNsx } from "./leastAccounts.ts";

/** What the command line asks of a simulator, whichever it is. */
export interface StartOptions {
  port: number;
  https: boolean;
  password: string | undefined;
  switches: Record<string, unknown>;
  controlToken: string;
  allowedHosts: string[];
  /** Whether there are users with the smallest roles, too. */
  accounts: boolean;
}

export interface Running {
  url: string;
  httpsUrl?: string;
  caCertificate?: string;
  username: string;
  password: string;
  /** Further lines about it. */
  notes?: string[];
  close(): Promise<void>;
}

/** A system that `simulate` can start. */
export interface SimulatedSystem {
  /** As it stands at the start of the printed line, and in lower case before its options. */
  name: string;
  switches: SwitchTable;
  start(options: StartOptions): Promise<Running>;
}

/** One entry a system. The values have been checked against the table of its switches. */
export const systems: SimulatedSystem[] = [
  {
    name: "NSX",
    switches: withDefaults(nsxSwitches, realLimits),
    async start({ switches, password, accounts, ...rest }) {
      const started = await startNsxSimulator({
        ...rest,
        ...(password !== undefined && { password }),
        switches: { ...realLimits, ...switches } as NonNullable<NsxSimulatorOptions["switches"]>,
      });
      return { ...started, notes: [...waysIn(started), ...(accounts ? addToNsx(started) : [])] };
    },
  },
  {
    name: "NIM",
    switches: withDefaults(nimSwitches, nimRealLimits),
    async start({ switches, password, accounts, ...rest }) {
      const started = await startNimSimulator({
        ...rest,
        ...(password !== undefined && { password }),
        switches: { ...nimRealLimits, ...switches } as NonNullable<NimSimulatorOptions["switches"]>,
      });
      return { ...started, notes: [...started.notes, ...(accounts ? addToNim(started) : [])] };
    },
  },
];

/** What logs in where neither user nor password does. */
function waysIn({ control, token, cloud }: NsxSimulator): string[] {
  switch (control.switches.login) {
    case "token":
      return [`nsx:token ${token}`];
    case "vmc":
      return [
        `nsx:vmcRefreshToken ${cloud.apiToken}, at nsx:vmcAuthUrl, which is the same address`,
        `or nsx:vmcClientId ${cloud.clientId} with nsx:vmcClientSecret ${cloud.clientSecret}`,
      ];
    case "certificate":
      return ['certificates over HTTPS (--https): whose they are says the control operation "addPrincipal"'];
    default:
      return [];
  }
}

/** On the command line the limits of a real system are on: a demonstration is to meet what production will. */
function withDefaults(table: SwitchTable, defaults: Record<string, number>): SwitchTable {
  const entries = Object.entries(table).map(([name, definition]) => {
    return [name, { ...definition, default: defaults[name] ?? definition.default }];
  });
  return Object.fromEntries(entries);
}
