// One simulated NSX with one segment that several users write at the same time: our provider on its real code, and
// colleagues. Made once and set back for each schedule, without sockets, so that thousands fit in a second.

import { createProviders } from "../../provider/pulumi/providers.ts";
import type { Clock } from "../../provider/travel/clock.ts";
import type { Answer, Request, Transport } from "../../provider/travel/transport.ts";
import type { Version } from "../../simulators/kit/index.ts";
import { type NsxControl, type NsxSwitches, startNsxSimulator } from "../../simulators/nsx/index.ts";
import { neverSignal } from "../tools/noLimit.ts";
import type { Properties, ProviderCalls } from "../tools/stack.ts";
import { simulatorTransport } from "../tools/world.ts";
import type { SentWrite } from "./history.ts";

export const segmentPath = "/infra/segments/web";

/** What the stack has made, as its program says it. */
export const madeWith: Properties = {
  segmentId: "web",
  displayName: "web",
  description: "as made",
  adminState: "UP",
  tags: [{ scope: "env", tag: "prod" }],
  waitForRealization: false,
};

export const ownerOf = (stack: string) => `acme/urn:pulumi:${stack}::shop::pulumi-nodejs:dynamic/nsx:NsxSegment::web`;

/** Our own users, each a provider process of its own; and colleagues, who use what they like. */
export const users = ["ours", "twin", "other", "alice", "bob", "carol"] as const;
export type User = (typeof users)[number];

export type Settings = Readonly<Record<string, string>>;

export interface Arena {
  readonly control: NsxControl;
  /** How one user reaches the manager; every request goes through it, the provider's too. */
  setChannel(user: User, channel: Transport): void;
  /** The manager itself, with the credentials of the user. */
  send(user: User, request: Request): Promise<Answer>;
  /** Our provider as one user runs it. */
  provider(user: User, settings: Settings): ProviderCalls;
  /** As right after the stack has made the segment, or with none there; answers the outputs in the stack's state. */
  restart(switches: Partial<NsxSwitches>, exists: boolean): Properties;
  history(): readonly Version[];
  /** Told each request and its answer from now on. */
  watch(told: (request: Request, answer: Answer) => void): void;
  /** What the users of our provider were told since the restart. */
  readonly warnings: string[];
}

export async function createArena(): Promise<Arena> {
  let time = Date.parse("2026-01-01T00:00:00Z");
  // Nobody waits for real: a schedule says who goes next, so a pause only moves the time.
  const clock: Clock = {
    now: () => time,
    elapsed: () => time,
    signalAfter: neverSignal,
    sleep: async (milliseconds) => {
      time += milliseconds;
    },
  };
  const passwords = Object.fromEntries(users.map((user) => [user, `password of ${user}`]));
  const simulator = await startNsxSimulator({ port: false, now: clock.now, users: passwords });
  const { control } = simulator;
  const network = simulatorTransport(simulator.handle);
  const authorization = (user: User) => `Basic ${Buffer.from(`${user}:${passwords[user]}`).toString("base64")}`;
  const warnings: string[] = [];
  const channels = new Map<User, Transport>();
  const providers = new Map<string, ProviderCalls>();
  const defaults = { ...control.switches };

  function provider(user: User, settings: Settings): ProviderCalls {
    const key = user + JSON.stringify(settings);
    const made = providers.get(key) ?? newProvider(user, settings);
    providers.set(key, made);
    return made;
  }

  function newProvider(user: User, settings: Settings): ProviderCalls {
    const { byName } = createProviders({
      environment: {
        NSX_ENDPOINT: "https://nsx.invalid",
        NSX_AUTH: "basic",
        NSX_USERNAME: user,
        NSX_PASSWORD: passwords[user],
        ...settings,
      },
      clock,
      log: { warn: (_, message) => void warnings.push(message), progress: () => {} },
      transport: (request) => (channels.get(user) ?? network)(request),
    });
    // What it or another process writes now is told by the time from what was there when it began.
    time += 1;
    return byName.NsxSegment as unknown as ProviderCalls;
  }

  let told: (request: Request, answer: Answer) => void = () => {};
  const send: Arena["send"] = async (user, request) => {
    // The simulator acts at once, before anybody can come in between.
    const answer = await network({ ...request, headers: { authorization: authorization(user), ...request.headers } });
    told(request, answer);
    return answer;
  };

  const { outs } = await provider("ours", {}).create({ ...madeWith, owner: ownerOf("dev") });
  const made = outs as Properties;
  const { display_name, description, admin_state, tags } = control.object(segmentPath) as Properties;

  return {
    control,
    setChannel: (user, channel) => void channels.set(user, channel),
    send,
    provider,
    warnings,
    watch: (listener) => {
      told = listener;
    },
    history: () => control.history.of(segmentPath),
    restart(switches, exists) {
      control.setSwitches({ ...defaults, ...switches });
      control.faults.clear();
      control.requests.reset();
      if (control.object(segmentPath)) control.delete(segmentPath, "nobody", true);
      control.purge();
      control.history.reset();
      time += 1;
      channels.clear();
      // Each run is a process of its own, and begins after the runs before it have ended.
      providers.clear();
      warnings.length = 0;
      if (!exists) return {};
      const body = control.change(segmentPath, { display_name, description, admin_state, tags }, "ours");
      return { ...made, revision: body._revision, uniqueId: body.unique_id };
    },
  };
}

/** What the manager was asked to write and what became of the answer. */
export function sentWrite(user: User, answer: Answer, acknowledged: boolean, readAt: number): SentWrite {
  return { user, requestId: answer.headers["x-nsx-requestid"] as string | undefined, acknowledged, readAt };
}
