// How others do it, on the same manager: one request an object and no pacing; and the requests of the Terraform provider
// as its source has them (docs/nsx.md#other-clients): this models its requests, and is no run of Terraform.
import { request } from "undici";
import type { Manager, Traffic } from "./simulator.ts";

export interface ClientRow {
  readonly what: string;
  readonly seconds: number;
  readonly failed: number;
  readonly traffic: Traffic;
}

type Send = (method: "GET" | "PATCH", path: string, body?: object) => Promise<number>;

function sender({ url, username, password }: Manager): Send {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  return async (method, path, body) => {
    const headers = { authorization, "content-type": "application/json" };
    const answer = await request(`${url}/policy/api/v1${path}`, {
      method,
      headers,
      body: body && JSON.stringify(body),
    });
    await answer.body.text();
    return answer.statusCode;
  };
}

/** Its defaults: 4 retries after 0 to 500 ms, on these codes, with the same body. */
function withRetries(send: Send): Send {
  return async (...request) => {
    for (let attempt = 0; ; attempt += 1) {
      const status = await send(...request);
      if (![400, 409, 429, 500, 503, 504].includes(status) || attempt === 4) return status;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 500));
    }
  };
}

const profiles = ["discovery", "qos", "security"].map((kind) => `segment-${kind}-profile-binding-maps`);

async function terraformRead(send: Send, id: string): Promise<boolean> {
  const statuses = [await send("GET", `/infra/segments/${id}`)];
  for (const profile of profiles) statuses.push(await send("GET", `/infra/segments/${id}/${profile}`));
  return statuses.every((status) => status === 200);
}

async function terraformCreate(send: Send, id: string): Promise<boolean> {
  if ((await send("GET", `/infra/segments/${id}`)) !== 404) return false;
  const Segment = { resource_type: "Segment", id, display_name: id };
  const tree = { resource_type: "Infra", children: [{ resource_type: "ChildSegment", Segment }] };
  const status = await send("PATCH", "/infra?enforce_revision_check=false", tree);
  return status === 200 && (await terraformRead(send, id));
}

async function measure(
  manager: Manager,
  what: string,
  ids: readonly string[],
  parallel: number,
  run: (id: string) => Promise<boolean>,
): Promise<ClientRow> {
  // The limits look back one second.
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  await manager.traffic();
  const began = performance.now();
  let failed = 0;
  const rest = ids.values();
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      for (const id of rest) if (!(await run(id))) failed += 1;
    }),
  );
  const seconds = (performance.now() - began) / 1_000;
  return { what, seconds, failed, traffic: await manager.traffic() };
}

export async function otherClients(manager: Manager, segments: number): Promise<ClientRow[]> {
  await manager.control("reset");
  const ids = Array.from({ length: segments }, (_, number) => `s${number}`);
  const send = sender(manager);
  const patient = withRetries(send);
  const naive = async (id: string) => (await send("GET", `/infra/segments/${id}`)) === 200;
  const rows = [
    await measure(manager, "Terraform pattern, create, 10 at once", ids, 10, (id) => terraformCreate(patient, id)),
  ];
  const objects = ids.map((id) => ({ path: `/infra/segments/${id}`, body: {} }));
  await manager.control("seed", { objects, user: "admin" });
  return [
    ...rows,
    await measure(manager, "Terraform pattern, refresh, 10 at once", ids, 10, (id) => terraformRead(patient, id)),
    await measure(manager, "one GET each, 10 at once, no pacing, refresh", ids, 10, naive),
  ];
}
