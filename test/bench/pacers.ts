// Our pacer and a maintained library on real HTTP: each alone in a process, then twice on one account.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { request } from "undici";
import { systemClock } from "../../provider/travel/clock.ts";
import { createPacer } from "../../provider/travel/pacer.ts";
import { noLimit } from "../tools/noLimit.ts";
import { type Manager, startManager } from "./simulator.ts";

const self = fileURLToPath(import.meta.url);

export interface PacerRow {
  readonly what: string;
  readonly takenPerSecond: number;
  readonly refused: number;
}

type Gate = (send: () => Promise<number>) => Promise<number>;

type Throttle = (options: { limit: number; interval: number; strict: boolean }) => (send: Gate) => Gate;

// No dependency, for only this comparison wants it: `npm install --no-save p-throttle` first.
const library = "p-throttle";
const pThrottle: Throttle | undefined = await import(library).then(
  (loaded) => loaded.default,
  () => undefined,
);

/** At most 100 starts in any window of this length; it has no limit of what is under way, no hold and no give and take. */
function throttle(pThrottle: Throttle, interval: number): Gate {
  return pThrottle({ limit: 100, interval, strict: true })((send) => send());
}

function own(): Gate {
  const pacer = createPacer({ requestsPerSecond: 100, concurrency: 38 }, systemClock);
  return async (send) => {
    const status = await pacer.run(noLimit, send);
    if (status === 429) pacer.refused("rate");
    else pacer.served();
    return status;
  };
}

const gates: Readonly<Record<string, () => Gate>> = {
  ...(pThrottle && {
    "p-throttle, strict, 100 in 1,000 ms": () => throttle(pThrottle, 1_000),
    "p-throttle, strict, 100 in 1,020 ms": () => throttle(pThrottle, 1_020),
  }),
  "this provider's pacer": own,
};

async function run(what: string, url: string, user: string, count: number): Promise<void> {
  const gate = (gates[what] as () => Gate)();
  const headers = { authorization: `Basic ${user}` };
  const send = async () => {
    const answer = await request(`${url}/policy/api/v1/infra/tier-1s/t1-web`, { headers });
    await answer.body.text();
    return answer.statusCode;
  };
  await Promise.all(
    Array.from({ length: count }, async () => {
      while ((await gate(send)) !== 200) await systemClock.sleep(Math.random() * 500);
    }),
  );
}

function inProcess(what: string, { url, username, password }: Manager, count: number): Promise<void> {
  const user = Buffer.from(`${username}:${password}`).toString("base64");
  return new Promise((resolve, reject) => {
    const child = fork(self, ["run", what, url, user, String(count)], { stdio: "inherit" });
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${what} ended with ${code}`))));
  });
}

export async function pacers(count: number): Promise<PacerRow[]> {
  const rows: PacerRow[] = [];
  for (const processes of [1, 2]) {
    for (const what of Object.keys(gates)) {
      const manager = await startManager();
      await Promise.all(Array.from({ length: processes }, () => inProcess(what, manager, count / processes)));
      const { total, refused, perSecond = 0 } = await manager.traffic();
      manager.close();
      rows.push({
        what: processes === 1 ? what : `${what}, two processes`,
        takenPerSecond: (perSecond * (total - refused)) / total,
        refused,
      });
    }
  }
  return rows;
}

if (process.argv[1] === self && process.argv[2] === "run") {
  const [, , , what = "", url = "", user = "", count] = process.argv;
  await run(what, url, user, Number(count));
}
