// Writers that lose other people's changes, each in the way that a known tool or an obvious short cut does. A checker
// that does not convict them proves nothing.
import type { Properties } from "../tools/stack.ts";
import { madeWith } from "./arena.ts";
import { type Edit, ownerScope } from "./history.ts";
import { bodyOf, type Send, type Writer } from "./writers.ts";

const description = "ours";

/** The body that the plan was made with; only its description is meant to change. */
const planned: Properties = {
  display_name: madeWith.displayName,
  description,
  admin_state: madeWith.adminState,
  tags: madeWith.tags,
};

function control(act: (send: Send) => Promise<void>): Writer {
  const edit: Edit = { over: [madeWith.description], to: description };
  return {
    user: "twin",
    isOurs: false,
    managed: new Set(),
    intent: () => ({ fields: new Map([["description", edit]]) }),
    act: async (_arena, _state, send) => {
      await act(send);
      return { kind: "done" };
    },
  };
}

const stale = (status: number) => status === 409 || status === 412;

/** The mark goes along in all of them, so that what convicts them is not our own tag. */
function withMarkOf(live: Properties, body: Properties): Properties {
  const mark = (live.tags as { scope: string }[] | undefined)?.filter(({ scope }) => scope === ownerScope) ?? [];
  return { ...body, tags: [...(body.tags as object[]), ...mark] };
}

export const controls: Readonly<Record<string, () => Writer>> = {
  "A: PATCH without revision": () =>
    control(async (send) => {
      const live = bodyOf(await send("GET"));
      await send("PATCH", withMarkOf(live, planned));
    }),

  "B: read the revision again, send the planned body": () =>
    control(async (send) => {
      for (let attempt = 0; attempt < 4; attempt += 1) {
        const live = bodyOf(await send("GET"));
        const answer = await send("PUT", withMarkOf(live, { ...planned, _revision: live._revision }));
        if (!stale(answer.status)) return;
      }
    }),

  "C: rebase without comparing": () =>
    control(async (send) => {
      for (let attempt = 0; attempt < 4; attempt += 1) {
        const live = bodyOf(await send("GET"));
        const answer = await send("PUT", withMarkOf(live, { ...live, ...planned }));
        if (!stale(answer.status)) return;
      }
    }),
};
