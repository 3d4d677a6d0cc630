// The whole fleet at a glance: what runs, how much it does, and what needs somebody's hand soon.
import { ask, type Query, type QueryContext } from "../core/query.ts";
import { certificates } from "./accessQueries.ts";
import { metrics } from "./analyticsQueries.ts";
import type { NimClient } from "./client.ts";
import { instanceGroups, instances, isInStep, systems } from "./fleetQueries.ts";
import type {
  QueriedCertificate,
  QueriedInstance,
  QueriedInstanceGroup,
  QueriedMetric,
  QueriedSystem,
} from "./queryTypes.ts";

/** The form of `top --json` (docs/scan-and-top.md). `null` is what NIM does not tell. */
export interface Overview {
  /** NIM's time, in ISO 8601 (UTC). */
  readonly at: string;
  /** In order of their host names. */
  readonly systems: readonly SystemOverview[];
  /** Those that end within 30 days or have ended, the first to end first. */
  readonly expiringCertificates: readonly ExpiringCertificate[];
  /** What could not be read, and why; the rest is as it is. */
  readonly notTold: readonly { readonly what: string; readonly why: string }[];
}

export interface SystemOverview {
  readonly uid: string;
  readonly hostname: string;
  readonly displayName: string;
  readonly tags: readonly string[];
  readonly instances: readonly InstanceOverview[];
}

export interface InstanceOverview {
  readonly uid: string;
  readonly displayName: string;
  /** nginx's. */
  readonly version: string;
  readonly isPlus: boolean;
  /** Such as `online`. */
  readonly state: string;
  /** On average over the last minutes. */
  readonly requestsPerSecond: number | null;
  readonly instanceGroup: { readonly uid: string; readonly name: string } | null;
  /** Whether it has its group's config; `null` also where it is in no group. */
  readonly isInStep: boolean | null;
}

export interface ExpiringCertificate {
  readonly name: string;
  /** In ISO 8601 (UTC). */
  readonly notAfter: string;
  /** Whole ones; less than 0 where it has ended. */
  readonly daysLeft: number;
  /** Instances and groups that it is assigned to. */
  readonly assignedTo: number;
}

const policy = {
  /** Days before its end in which a certificate is shown. */
  renewal: 30,
  /** Over which requests are counted: agents report twice a minute, and NIM hears of it a little later. */
  window: "now-5m",
};

const day = 86_400_000;

/**
 * Asks for all of it, afresh.
 *
 * @param reason - what a failure is told as
 * @throws where the systems and instances cannot be read; what else cannot be read is told
 */
export async function overview(
  context: QueryContext<NimClient>,
  reason: (error: unknown) => string,
): Promise<Overview> {
  const notTold: { what: string; why: string }[] = [];
  const asked = async <T>(query: Query, args: Record<string, unknown> = {}) => (await ask(query, context, args)) as T;
  const orElse = async <T>(what: string, answer: Promise<readonly T[]>): Promise<readonly T[]> => {
    try {
      return await answer;
    } catch (error) {
      notTold.push({ what, why: reason(error) });
      return [];
    }
  };
  const [allSystems, allInstances, groups, ending, rates] = await Promise.all([
    asked<readonly QueriedSystem[]>(systems[1]),
    asked<readonly QueriedInstance[]>(instances[1]),
    orElse("instance groups", asked<readonly QueriedInstanceGroup[]>(instanceGroups[1])),
    orElse(
      "certificates",
      asked<readonly QueriedCertificate[]>(certificates[1], { expiresWithinDays: policy.renewal }),
    ),
    orElse(
      "requests per second",
      asked<readonly QueriedMetric[]>(metrics, {
        names: ["RATE(nginx.http.request.count)"],
        startTime: policy.window,
        groupBy: ["nginx_id"],
      }),
    ),
  ]);
  const now = context.client.serverTime();
  const nameOf = new Map(groups.map(({ uid, name }) => [uid, name]));
  const rateOf = ratesIn(rates);
  const membersOf = Map.groupBy(allInstances, ({ systemUid }) => systemUid);
  const viewOf = (instance: QueriedInstance): InstanceOverview => {
    const { instanceUid: uid, displayName, version, isPlus, state, instanceGroupUid: group } = instance;
    return {
      ...{ uid, displayName, version, isPlus, state },
      requestsPerSecond: rateOf.get(uid) ?? null,
      instanceGroup: group === undefined ? null : { uid: group, name: nameOf.get(group) ?? group },
      isInStep: isInStep(instance) ?? null,
    };
  };
  return {
    at: new Date(now).toISOString(),
    systems: allSystems.map(({ uid, hostname, displayName, tags }) => ({
      ...{ uid, hostname, displayName, tags },
      instances: (membersOf.get(uid) ?? []).map(viewOf),
    })),
    expiringCertificates: ending
      .map(({ name, notAfter, instances: all }) => ({
        ...{ name, notAfter, assignedTo: all.length },
        daysLeft: Math.floor((Date.parse(notAfter) - now) / day),
      }))
      .sort((a, b) => Date.parse(a.notAfter) - Date.parse(b.notAfter)),
    notTold,
  };
}

/** The last value of each instance that has one, by uid. */
function ratesIn(all: readonly QueriedMetric[]): Map<string, number> {
  const series = all.flatMap((metric) => metric.series);
  return new Map(
    series.flatMap(({ dimensions, values }): [string, number][] => {
      const last = values.findLast((value) => value !== null);
      return dimensions.nginx_id === undefined || last === undefined || last === null
        ? []
        : [[dimensions.nginx_id, last]];
    }),
  );
}
