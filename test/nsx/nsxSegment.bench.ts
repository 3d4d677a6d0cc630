import { expect } from "vitest";
import {
  type NsxSimulator,
  type NsxSimulatorOptions,
  type NsxSwitches,
  startNsxSimulator,
} from "../../simulators/nsx/index.ts";
import type { Bench } from "../tools/lifecycleSuite.ts";
import { issue } from "../tools/pki.ts";
import type { Properties } from "../tools/stack.ts";
import { createVirtualClock, type VirtualClock } from "../tools/virtualClock.ts";
import { createTestWorld, type TestWorld } from "../tools/world.ts";

const zones = "/infra/sites/default/enforcement-points/default/transport-zones";

export const segmentArgs: Properties = {
  segmentId: "web",
  displayName: "Web tier",
  description: "What customers see",
  transportZonePath: `${zones}/overlay-tz`,
  subnets: [
    { gatewayAddress: "10.1.0.1/24", dhcpRanges: ["10.1.0.200-10.1.0.220", "10.1.0.100-10.1.0.120"] },
    { gatewayAddress: "2001:db8::1/64" },
  ],
  tags: [
    { scope: "env", tag: "prod" },
    { scope: "app", tag: "shop" },
  ],
  adminState: "UP",
  advancedConfig: { multicast: true, urpfMode: "STRICT" },
};

/** In the notation of a manager that writes addresses in full. */
const expandedSubnets = [(segmentArgs.subnets as object[])[0], { gatewayAddress: "2001:db8:0:0:0:0:0:1/64" }];

export interface SegmentBench extends Bench {
  readonly clock: VirtualClock;
  readonly simulator: NsxSimulator;
  /** With further settings, or other ones. */
  newProcess(environment?: Record<string, string>): TestWorld;
}

/** The owner mark ends with the revision of its write, which is no part of what the object is; nor is the order of tags. */
function withoutStamp({ tags, ...object }: Properties): Properties {
  const shown = (tags as { scope?: string; tag?: string }[] | undefined)?.map(({ scope, tag }) =>
    scope === "pulumi.owner" ? { scope, tag: tag?.split("/").slice(0, 4).join("/") } : { scope, tag },
  );
  const form = ({ scope = "", tag = "" }) => `${scope}:${tag}`;
  return shown ? { ...object, tags: shown.sort((a, b) => form(a).localeCompare(form(b))) } : object;
}

const identity = await issue("pulumi");

/** What logs in where only one way is open, in variables of the environment. */
export function credentialsFor(
  { username, password, token, cloud, control }: NsxSimulator,
  login: NsxSwitches["login"] = "all",
): Record<string, string> {
  switch (login) {
    case "certificate":
      // Somebody else's hands in a test are to reach what is made here.
      control.addPrincipal(username, identity.certificate, false);
      return { NSX_CLIENT_CERTIFICATE: identity.certificate, NSX_CLIENT_KEY: identity.key };
    case "token":
      return { NSX_TOKEN: token };
    case "vmc":
      return { NSX_VMC_REFRESH_TOKEN: cloud.apiToken, NSX_VMC_AUTH_URL: "https://console.invalid" };
    default:
      return { NSX_USERNAME: username, NSX_PASSWORD: password, NSX_AUTH: login === "basic" ? "basic" : "session" };
  }
}

/** A simulated NSX with one segment in mind. */
export async function startSegmentBench(options: NsxSimulatorOptions = {}): Promise<SegmentBench> {
  const clock = createVirtualClock();
  const simulator = await startNsxSimulator({ port: false, now: clock.now, ...options });
  const { control } = simulator;
  let counted = 0;
  const segments = () => control.objects("/infra/segments").filter(({ resource_type }) => resource_type === "Segment");
  return {
    clock,
    simulator,
    newProcess: (environment = {}) =>
      createTestWorld(simulator.handle, {
        clock,
        environment: {
          NSX_ENDPOINT: "https://nsx.invalid",
          ...credentialsFor(simulator, options.switches?.login),
          // Where another system tags each segment, a user says that its tags are not the stack's.
          ...(options.switches?.systemTags ? { NSX_IGNORE_TAGS: "SYSTEM" } : {}),
          ...environment,
        },
      }),
    args: segmentArgs,
    changed: { args: { ...segmentArgs, description: "What everybody sees" }, field: "description" },
    replaced: { ...segmentArgs, segmentId: "web-2" },
    rephrased: {
      ...segmentArgs,
      transportZonePath: `${zones}/overlay-tz/`,
      subnets: [
        { gatewayAddress: "2001:0DB8:0::1/64" },
        { gatewayAddress: "10.1.0.1/24", dhcpRanges: ["10.1.0.100-10.1.0.120", "10.1.0.200-10.1.0.220"] },
      ],
      tags: [...(segmentArgs.tags as object[])].reverse(),
    },
    other: {
      changeManaged(id) {
        control.change(id, { admin_state: "DOWN" }, "alice");
        return "adminState";
      },
      changeUnmanaged(id) {
        control.change(id, { domain_name: "example.org" }, "alice");
        return () => control.object(id)?.domain_name === "example.org";
      },
      remove: (id) => control.delete(id, "alice", true),
      make: () => void control.change("/infra/segments/web", { display_name: "made by hand" }, "alice"),
    },
    lookup: {
      shown: {
        ...segmentArgs,
        ...(options.switches?.addressNotation === "expanded" && { subnets: expandedSubnets }),
        segmentId: "web",
        replicationMode: "MTEP",
        overlayId: expect.any(Number),
        vlanIds: null,
        connectivityPath: null,
        tier1Path: null,
        projectPath: null,
      },
      absent: "/infra/segments/nobody",
      malformed: [
        "web",
        "/infra/tier-1s/t1-web",
        "/infra/segments",
        "/infra/segments/",
        "/infra/segments/web/",
        "/infra/segments/../segments/web",
        "/policy/api/v1/infra/segments/web",
        "/global-infra/segments/web",
        "/infra/segments/web/ports/1",
      ],
      ids: /The id of a segment is its policy path: \/infra\/segments\/<id>, or <tier1Path>\/segments\/<id>, or <projectPath>\/infra\/segments\/<id>\.$/,
    },
    live(id) {
      const object = control.object(id);
      if (!object) return undefined;
      const entries = Object.entries(object).filter(([key]) => !/^_(revision|last|create)/.test(key));
      return withoutStamp(Object.fromEntries(entries));
    },
    count: () => segments().length,
    inject: (match, fault, times = 1) => control.faults.inject({ match, fault, times }),
    requests(match) {
      const all = control.requests.count(match);
      const since = all - counted;
      counted = all;
      return since;
    },
    writes: {
      create: "PUT /policy/api/v1/infra/segments/*",
      update: "PUT /policy/api/v1/infra/segments/*",
      delete: "DELETE /policy/api/v1/infra/segments/*",
    },
    close: () => simulator.close(),
  };
}
