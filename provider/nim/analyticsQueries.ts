// What happened, what was measured, and what a scan of the network has found.
import { isIP } from "node:net";
import { z } from "zod";
import { defineQuery, type QueryContext, QueryError } from "../core/query.ts";
import { byNearness } from "../travel/nearest.ts";
import { type Json, type NimClient, understoodAt } from "./client.ts";
import { textsIn } from "./content.ts";
import { allOf, maybe, text } from "./fleetQueries.ts";
import type {
  EventCriteria,
  MetricsCriteria,
  NoCriteria,
  QueriedEvent,
  QueriedMetric,
  QueriedMetricsCatalog,
  QueriedServer,
  ScannedServersCriteria,
} from "./queryTypes.ts";

const needsStart = "endTime needs a startTime";
const isWithStart = ({ startTime, endTime }: { startTime?: string | undefined; endTime?: string | undefined }) =>
  endTime === undefined || startTime !== undefined;

/** The arguments that are given, as a query of a URL has them; lists with commas. */
function queryOf(args: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(args).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString();
}

const dimensionValues = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((all) => Object.fromEntries(Object.entries(all ?? {}).map(([name, value]) => [name, String(value)])));

const wireEvent = z.looseObject({
  id: z.string(),
  timestamp: maybe,
  category: maybe,
  level: maybe,
  message: maybe,
  status: maybe,
  error: maybe,
  dimensions: dimensionValues,
});

export const events = defineQuery<NimClient, EventCriteria, QueriedEvent[]>({
  system: "nim",
  name: "getEvents",
  args: z
    .strictObject({
      filter: text.optional(),
      orderBy: text.optional(),
      startTime: text.optional(),
      endTime: text.optional(),
      limit: z.number().int().positive().optional(),
    })
    .refine(isWithStart, needsStart),
  async ask({ client, isFresh }, { limit, ...criteria }) {
    const query = queryOf(criteria);
    const all = await client.sharedList(`/analytics/events${query && `?${query}`}`, isFresh, limit);
    return all.map((details) => {
      const event = understoodAt("an element of /analytics/events", details, wireEvent);
      const { id, timestamp, category, level, message, status, error, dimensions } = event;
      return { id, timestamp, category, level, message, status, error, dimensions, details };
    });
  },
});

const wireEntry = z.looseObject({ name: z.string(), description: maybe });

async function catalogOf(context: QueryContext<NimClient>, kind: "metrics" | "dimensions") {
  const all = await context.client.sharedList(`/analytics/catalogs/${kind}`, context.isFresh);
  return all.map((details) => {
    const { name, description } = understoodAt(`an element of the catalog of ${kind}`, details, wireEntry);
    return { name, description, details };
  });
}

export const metricsCatalog = defineQuery<NimClient, NoCriteria, QueriedMetricsCatalog>({
  system: "nim",
  name: "getMetricsCatalog",
  args: z.strictObject({}),
  async ask(context) {
    const [metrics, dimensions] = await Promise.all([catalogOf(context, "metrics"), catalogOf(context, "dimensions")]);
    return { metrics, dimensions };
  },
});

const wireMetrics = z.looseObject({
  metrics: z
    .array(
      z.looseObject({
        name: z.string(),
        aggr: maybe,
        series: z
          .array(
            z.looseObject({
              dimensions: dimensionValues,
              timestamps: z
                .array(z.string())
                .nullish()
                .transform((all) => all ?? []),
              values: z
                .array(z.number().nullable())
                .nullish()
                .transform((all) => all ?? []),
            }),
          )
          .nullish()
          .transform((all) => all ?? []),
      }),
    )
    .nullish()
    .transform((all) => all ?? []),
});

/** `SUM(nginx.http.request.count)` in its parts. */
const partsOf = (name: string) => {
  const [, aggregate, inner = name] = /^\s*(\w+)\((.*)\)\s*$/.exec(name) ?? [];
  return { aggregate, inner: inner.trim() };
};

const names = z.array(text).min(1, "must name a metric");

export const metrics = defineQuery<NimClient, MetricsCriteria, QueriedMetric[]>({
  system: "nim",
  name: "getMetrics",
  args: z
    .strictObject({
      names,
      startTime: text.optional(),
      endTime: text.optional(),
      resolution: text.optional(),
      filter: text.optional(),
      dimensions: z.array(text).optional(),
      groupBy: z.array(text).min(1, "must name a dimension").optional(),
    })
    .refine(isWithStart, needsStart)
    // Without one NIM answers with something else than what was asked for, or with a 400.
    .refine(
      (args) => args.startTime !== undefined || !args.names.some((name) => partsOf(name).aggregate !== undefined),
      "an aggregate function needs a startTime",
    )
    .refine(
      (args) =>
        (args.groupBy ?? args.resolution) === undefined ||
        args.names.some((name) => partsOf(name).aggregate !== undefined),
      "groupBy and resolution need an aggregate function, such as SUM(nginx.http.request.count)",
    ),
  async ask(context, args) {
    await expectInCatalog(context, args);
    const path = `/analytics/metrics?${queryOf({ ...args })}`;
    const body = understoodAt(
      "/analytics/metrics",
      await context.client.sharedRead(path, context.isFresh),
      wireMetrics,
    );
    return body.metrics.map(({ name, aggr, series }) => ({
      name,
      aggregate: aggr,
      series: series.map(({ dimensions, timestamps, values }) => ({ dimensions, timestamps, values })),
    }));
  },
});

/** NIM has no error for a metric that does not exist in all releases, and an empty answer says nothing. */
async function expectInCatalog(context: QueryContext<NimClient>, args: MetricsCriteria): Promise<void> {
  const known = (await catalogOf(context, "metrics")).map(({ name }) => name);
  for (const { inner } of args.names.map(partsOf)) {
    if (known.includes(inner)) continue;
    const [nearest] = byNearness(inner, known);
    const advice = nearest === undefined ? "The catalog is empty." : `${nearest} is the nearest of ${known.length}.`;
    throw new QueryError(`NIM's catalog has no metric ${inner}. ${advice} getMetricsCatalog has them all.`);
  }
}

const wireServer = z.looseObject({
  network: z
    .array(z.looseObject({ ip: z.string(), port: z.coerce.number() }))
    .nullish()
    .transform((all) => (all ?? []).map(({ ip, port }) => ({ ip, port }))),
  links: z
    .array(z.looseObject({ rel: maybe }))
    .nullish()
    .catch(undefined),
  serverApplication: maybe,
  version: maybe,
  certs: z
    .array(z.record(z.string(), z.unknown()))
    .nullish()
    .catch(undefined)
    .transform((all) => all ?? []),
  cves: z
    .array(
      z
        .looseObject({ id: maybe, severity: maybe, description: maybe, advisory: maybe })
        .transform(({ id, severity, description, advisory }) => ({ id, severity, description, advisory })),
    )
    .nullish()
    .catch(undefined)
    .transform((all) => all ?? []),
});

export const scannedServers = defineQuery<NimClient, ScannedServersCriteria, QueriedServer[]>({
  system: "nim",
  name: "getScannedServers",
  args: z.strictObject({ isManaged: z.boolean().optional() }),
  async ask(context, { isManaged: wanted }) {
    const all = await context.client.sharedList("/servers", context.isFresh);
    const servers = all.map((details) => ({
      details,
      server: understoodAt("an element of /servers", details, wireServer),
    }));
    const isLinked = ({ server }: (typeof servers)[number]) =>
      (server.links ?? []).some(({ rel }) => rel.includes("/systems/"));
    const addresses = new Set((await allOf(context, "/systems", z.looseObject({}))).flatMap(addressesIn));
    const canBeTold = servers.some(isLinked) || addresses.size > 0;
    return servers
      .map((each) => {
        const { network, serverApplication, version, certs: certificates, cves } = each.server;
        const isManaged = isLinked(each) || network.some(({ ip }) => addresses.has(ip));
        const known = canBeTold ? isManaged : undefined;
        return { network, serverApplication, version, isManaged: known, certificates, cves, details: each.details };
      })
      .filter(({ isManaged }) => wanted === undefined || isManaged === wanted);
  },
});

/** Every address that a system says of itself, wherever it says it; a version of its nginx may look like one. */
function addressesIn({ nginxInstances: _, ...system }: Json): string[] {
  return textsIn(system).filter((value) => isIP(value) !== 0 && !/^(127\.|::1$)/.test(value));
}
