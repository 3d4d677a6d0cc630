import type { Environment } from "../kit/index.ts";
import type { Policy, Writer } from "./policy.ts";
import type { Store } from "./store.ts";
import type { nsxSwitches } from "./switches.ts";
import { locate } from "./types.ts";

const managed = { scope: "SYSTEM", tag: "managed" };
const maxTags = 30;

/**
 * With `systemTags`, another system looks after this manager: right after a segment is created it writes to it a second
 * time, as a user of its own. Who created it has his answer already, with a revision that is no longer current.
 */
export function withCloudDirector(
  policy: Policy,
  store: Store,
  { random, switches }: Environment<typeof nsxSwitches>,
): Policy {
  function tag(path: string): void {
    const tags = (store.get(path)?.body.tags ?? []) as unknown[];
    if (tags.length >= maxTags) return;
    const writer: Writer = { user: "vcd", requestId: `vcd-${random.hex(8)}`, allowOverwrite: true };
    policy.apply([{ kind: "merge", path, body: { tags: [...tags, managed] }, checkRevision: false }], writer);
  }

  return {
    ...policy,
    apply: (changes, writer) => {
      if (!switches.systemTags) return policy.apply(changes, writer);
      const isNew = (path: string) => locate(path)?.type.name === "Segment" && !store.get(path);
      const created = new Set(changes.map(({ path }) => path).filter(isNew));
      const bodies = policy.apply(changes, writer);
      for (const path of created) if (store.get(path)) tag(path);
      return bodies;
    },
  };
}
