import { json } from "../kit/index.ts";
import { badRequest, gone } from "./errors.ts";
import { type Predicate, parseFilter } from "./eventFilter.ts";
import type { Fleet } from "./fleet.ts";
import type { Lists } from "./lists.ts";
import type { Instance, Json, NimEnvironment, Routes } from "./types.ts";

/** What happened, as NIM tells it (docs/nim.md#events-and-metrics). */
export interface NimEvent {
  id: string;
  category: string;
  level: string;
  message: string;
  status: string;
  timestamp: string;
  /** Of what failed. */
  error?: string;
  dimensions: Record<string, string>;
}

export interface Analytics {
  routes: Routes;
  /** Tells of something; what is left out is that of an agent's information now. */
  add(event: Partial<NimEvent>): NimEvent;
  reset(): void;
}

const aggregates = ["AVG", "SUM", "COUNT", "MAX", "MIN", "RATE"] as const;
type Aggregate = (typeof aggregates)[number];

const metrics = [
  ["nginx.http.request.count", "Requests that were received", ""],
  ["nginx.http.conn.accepted", "Connections that were accepted", ""],
  ["nginx.http.conn.active", "Connections that are open", ""],
  ["nginx.status", "Whether nginx runs", ""],
  ["system.cpu.idle", "Time in which the processor did nothing", "percent"],
  ["system.mem.used", "Memory in use", "bytes"],
] as const;

const dimensions = [
  ["alias", "Name of the instance"],
  ["hostname", "Host name of the system"],
  ["instance", "Name of the instance"],
  ["nginx_id", "Uid of the instance"],
  ["system_id", "Uid of the system"],
] as const;

/** Agents report twice a minute; so far back they are asked. */
const between = 30_000;
const longest = 2_880;

export function createAnalytics({ clock, random, switches }: NimEnvironment, fleet: Fleet, lists: Lists): Analytics {
  const events: NimEvent[] = [];

  const dimensionsOf = ({ hostname, uid, systemUid }: Instance): Record<string, string> => ({
    alias: hostname,
    hostname,
    instance: hostname,
    nginx_id: uid,
    system_id: systemUid,
  });

  function add(event: Partial<NimEvent>): NimEvent {
    const made: NimEvent = {
      id: random.uuid(),
      category: "agent status",
      level: "INFO",
      message: "",
      status: "",
      timestamp: new Date(clock.now()).toISOString(),
      dimensions: {},
      ...event,
    };
    events.push(made);
    return made;
  }

  function reset(): void {
    events.length = 0;
    for (const instance of fleet.instances.values()) {
      const message = `nginx-agent v2.46.7 started on ${instance.hostname}`;
      add({ message, status: "Agent Start", dimensions: dimensionsOf(instance) });
    }
  }
  reset();

  /** ISO 8601, `now` and what is added to it or taken from it; of events also an event's id. */
  function timeOf(query: URLSearchParams, name: string, hasIds: boolean): number | undefined {
    const text = query.get(name);
    if (text === null) return undefined;
    const [, sign, count, unit = ""] = /^now(?:([+-])(\d+)([yMwdhms]))?$/.exec(text) ?? [];
    if (text === "now") return clock.now();
    if (sign) return clock.now() + Number(`${sign}${count}`) * (units[unit] ?? 0);
    const event = hasIds ? events.find(({ id }) => id === text) : undefined;
    const time = Date.parse(event?.timestamp ?? (/^\d{4}-\d\d-\d\dT/.test(text) ? text : ""));
    if (Number.isNaN(time)) throw badRequest(`parameter "${name}" in query has an error: ${text} is no time`);
    return time;
  }

  function windowOf(query: URLSearchParams, hasIds: boolean): { start: number | undefined; end: number } {
    const [start, end] = [timeOf(query, "startTime", hasIds), timeOf(query, "endTime", hasIds)];
    if (end !== undefined && start === undefined) throw badRequest("endTime needs a startTime");
    if (start !== undefined && end !== undefined && end <= start) throw badRequest("endTime must be after startTime");
    return { start, end: end ?? clock.now() + 1 };
  }

  const filterOf = (query: URLSearchParams): Predicate => {
    const text = query.get("filter");
    return text === null ? () => true : parseFilter(text);
  };

  function ordered(found: NimEvent[], orderBy: string | null): NimEvent[] {
    const keys = (orderBy ?? "timestamp DESC,id").split(",").map((part) => {
      const [dimension = "", order = "ASC", ...rest] = part.trim().split(/\s+/);
      if (dimension === "" || rest.length > 0 || !/^(ASC|DESC)$/i.test(order)) {
        throw badRequest(`parameter "orderBy" in query has an error: ${part.trim()}`);
      }
      return { dimension, factor: /^desc$/i.test(order) ? -1 : 1 };
    });
    return found.toSorted((a, b) => {
      for (const { dimension, factor } of keys) {
        const [x, y] = [textOf(a, dimension) ?? "", textOf(b, dimension) ?? ""];
        if (x !== y) return x < y ? -factor : factor;
      }
      return 0;
    });
  }

  const textOf = (event: NimEvent, dimension: string): string | undefined => {
    const own = (event as unknown as Record<string, unknown>)[dimension];
    return typeof own === "string" ? own : event.dimensions[dimension];
  };

  function catalog(kind: string, rows: Json[]): Json {
    return { [switches.catalogKey === "items" ? "items" : kind]: rows };
  }

  return {
    add,
    reset,
    routes: {
      "GET /analytics/events": ({ query }) => {
        const { start, end } = windowOf(query, true);
        const isMeant = filterOf(query);
        const found = () =>
          ordered(
            events.filter((event) => {
              const time = Date.parse(event.timestamp);
              return (start === undefined || time >= start) && time < end && isMeant((name) => textOf(event, name));
            }),
            query.get("orderBy"),
          );
        return lists.inMetadata(query, () => found() as unknown as Json[]);
      },
      "GET /analytics/events/{id}": ({ params }) => {
        const event = events.find(({ id }) => id === params.id);
        if (!event) throw gone("Event");
        return json(200, event);
      },
      "GET /analytics/catalogs/metrics": () =>
        json(
          200,
          catalog(
            "metrics",
            metrics.map(([name, description, unit]) => ({
              name,
              description,
              unit,
              aggregations: [...aggregates],
              dimensions: dimensions.map(([dimension]) => dimension),
            })),
          ),
        ),
      "GET /analytics/catalogs/dimensions": () =>
        json(
          200,
          catalog(
            "dimensions",
            dimensions.map(([name, description]) => ({ name, description })),
          ),
        ),
      "GET /analytics/catalogs/events": () => json(200, catalog("events", [{ name: "agent status" }])),
      "GET /analytics/metrics": ({ query }) => json(200, { metrics: measured(query) }),
    },
  };

  /** docs/nim.md#events-and-metrics: raw values, or one for each aggregate, group and step of the resolution. */
  function measured(query: URLSearchParams): Json[] {
    const names = listOf(query, "names");
    if (!names || names.length === 0) throw badRequest('parameter "names" in query has an error: value is required');
    const { start, end } = windowOf(query, false);
    const isMeant = filterOf(query);
    const groupBy = known(listOf(query, "groupBy"), "groupBy");
    const shown = known(listOf(query, "dimensions"), "dimensions");
    const resolution = stepOf(query);
    const asked = names.map((name) => {
      const [, aggregate, inner = name] = /^([A-Z]+)\((.*)\)$/.exec(name) ?? [];
      if (!metrics.some(([metric]) => metric === inner)) throw badRequest(`metric "${inner}" does not exist`);
      if (aggregate !== undefined && !aggregates.includes(aggregate as Aggregate)) {
        throw badRequest(`there is no aggregate function ${aggregate}`);
      }
      return { name: inner, aggregate: aggregate as Aggregate | undefined };
    });
    const hasAggregate = asked.some(({ aggregate }) => aggregate !== undefined);
    if (hasAggregate && start === undefined) throw badRequest("an aggregate function needs a startTime");
    if ((groupBy || resolution) && !hasAggregate) throw badRequest("groupBy and resolution need an aggregate function");
    if (groupBy && shown?.some((dimension) => !groupBy.includes(dimension))) {
      throw badRequest("dimensions must be among those of groupBy");
    }
    const instances = [...fleet.instances.values()].filter(
      (instance) => instance.registered && isMeant((name) => dimensionsOf(instance)[name]),
    );
    return asked.map(({ name, aggregate }) => {
      const raw = instances.map((instance) => ({
        dimensions: dimensionsOf(instance),
        samples: samplesOf(name, instance, start, end),
      }));
      if (aggregate === undefined || start === undefined) {
        const series = raw.map(({ dimensions: all, samples }) => ({
          dimensions: pick(all, shown),
          ...columns(samples),
        }));
        return { name, series };
      }
      const keys = groupBy ?? shown;
      const groups = Map.groupBy(raw, (each) => JSON.stringify(pick(each.dimensions, keys)));
      const series = [...groups].map(([key, members]) => {
        const samples = members.flatMap((member) => member.samples);
        const steps = aggregated(samples, aggregate, start, end, resolution);
        return { dimensions: pick(JSON.parse(key) as Record<string, string>, shown), ...columns(steps) };
      });
      return { aggr: aggregate, name, series };
    });
  }

  function samplesOf(name: string, { uid }: Instance, start: number | undefined, end: number): Sample[] {
    const last = Math.ceil(end / between) - 1;
    const first = start === undefined ? last : Math.max(Math.ceil(start / between), last - longest + 1);
    return Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => ({
      time: (first + i) * between,
      value: (name.length * 7 + Number.parseInt(uid.slice(0, 4), 16) + first + i) % 100,
    }));
  }
}

interface Sample {
  time: number;
  value: number;
}

const units: Record<string, number> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  M: 30 * 86_400_000,
  y: 365 * 86_400_000,
};

function stepOf(query: URLSearchParams): number | undefined {
  const text = query.get("resolution");
  if (text === null) return undefined;
  const [, count = "", unit = ""] = /^(\d+)([yMwdhms])$/.exec(text) ?? [];
  if (Number(count) === 0) throw badRequest(`parameter "resolution" in query has an error: ${text} is no duration`);
  return Number(count) * (units[unit] ?? 0);
}

function listOf(query: URLSearchParams, name: string): string[] | undefined {
  const text = query.get(name);
  return text === null ? undefined : text.split(",").filter(Boolean);
}

function known(names: string[] | undefined, parameter: string): string[] | undefined {
  const wrong = names?.find((name) => !dimensions.some(([dimension]) => dimension === name));
  if (wrong === undefined) return names;
  throw badRequest(`parameter "${parameter}" in query has an error: dimension "${wrong}" does not exist`);
}

function pick(all: Record<string, string>, names: string[] | undefined): Record<string, string> {
  return names ? Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name))) : all;
}

const columns = (samples: Sample[]) => ({
  timestamps: samples.map(({ time }) => new Date(time).toISOString()),
  values: samples.map(({ value }) => value),
});

function aggregated(samples: Sample[], aggregate: Aggregate, start: number, end: number, step = end - start): Sample[] {
  const steps = Map.groupBy(samples, ({ time }) => Math.floor((time - start) / step));
  return [...steps]
    .sort(([a], [b]) => a - b)
    .map(([index, within]) => {
      const values = within.map(({ value }) => value);
      const sum = values.reduce((total, value) => total + value, 0);
      const results: Record<Aggregate, number> = {
        AVG: sum / values.length,
        SUM: sum,
        COUNT: values.length,
        MAX: Math.max(...values),
        MIN: Math.min(...values),
        RATE: sum / (step / 1_000),
      };
      return { time: start + index * step, value: results[aggregate] };
    });
}
