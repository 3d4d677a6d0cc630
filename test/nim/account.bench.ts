// Users and groups of users on a simulated NIM that has two roles and two groups already.
import type { NimSimulatorOptions, NimSwitches } from "../../simulators/nim/index.ts";
import { nimSwitches } from "../../simulators/nim/index.ts";
import type { Bench } from "../tools/lifecycleSuite.ts";
import { type Properties, ResourceRun } from "../tools/stack.ts";
import { otherPositions } from "../tools/switchPositions.ts";
import { api, type NimBench, startNimBench, withoutStamps } from "./nim.bench.ts";

export interface Account extends Properties {
  metadata: Properties & { name: string };
}

export type AccountBench = Bench & NimBench;

interface Kind extends Pick<Bench, "args" | "changed" | "replaced" | "rephrased"> {
  readonly collection: "users" | "groups";
  /** Every argument of `args` that can be read, as NIM has it. */
  readonly shown: Properties;
  readonly ids: RegExp;
}

/** What a user or group is about, in every position that can make a difference to it. */
export const positions = otherPositions(nimSwitches).filter(({ name }) =>
  /^(unknownFields|patchMerges|groupDefinition|groupUpdate|missingRefStatus|countOf|limitParameter|clientConcurrencyStatus)$/.test(
    name,
  ),
);

export const role = (name: string) => ({ ref: `${api}/roles/${name}` });
export const groupRef = (name: string) => ({ ref: `${api}/groups/${name}` });

export async function startAccountBench(kind: Kind, options: NimSimulatorOptions = {}): Promise<AccountBench> {
  const nim = await startNimBench({ systems: [], ...options });
  const { control, handle, username, password } = nim.simulator;
  const { collection, args, changed, replaced, rephrased, shown, ids } = kind;
  const groupDefinition = (options.switches as Partial<NimSwitches> | undefined)?.groupDefinition ?? "groupDef";
  const definition = collection === "users" ? "userDef" : groupDefinition;
  for (const name of ["operators", "auditors"])
    control.write("roles", name, { metadata: { name }, roleDef: { permissions: [] } }, "alice");
  for (const name of ["shop", "night"])
    control.write("groups", name, { metadata: { name }, [groupDefinition]: {} }, "alice");

  const pathOf = (name: string) => `${api}/${collection}/${name}`;
  const live = (name: string) => {
    const last = control.history.of(pathOf(name)).at(-1);
    return last && last.kind !== "delete" ? (last.body as Account) : undefined;
  };
  const rewrite = (name: string, change: (metadata: Properties, definition: Properties) => void) => {
    const account = structuredClone(live(name)) as Account;
    change(account.metadata, account[definition] as Properties);
    control.write(collection, name, account, "alice");
  };
  return {
    ...nim,
    args,
    changed,
    replaced,
    rephrased,
    other: {
      changeManaged(name) {
        rewrite(name, (_, definition) => Object.assign(definition, { roles: [role("auditors")] }));
        return "roles";
      },
      changeUnmanaged(name) {
        rewrite(name, (metadata) => Object.assign(metadata, { displayName: "Alice's" }));
        return () => live(name)?.metadata.displayName === "Alice's";
      },
      async remove(name) {
        const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
        await handle({ method: "DELETE", path: pathOf(name), headers: { authorization }, body: "", remoteAddress: "" });
      },
      make() {
        const name = String(args.name);
        control.write(collection, name, { metadata: { name }, [definition]: {} }, "alice");
      },
    },
    lookup: { shown, absent: "nobody", malformed: ["..", "x".repeat(256)], ids },
    live(name) {
      const found = live(name);
      return found && (inOneOrder(withoutStamps(found)) as Properties);
    },
    count: () => [String(args.name), String(replaced.name)].filter(live).length,
    writes: {
      create: `POST ${api}/${collection}`,
      update: `${options.switches?.groupUpdate === "PUT" ? "PUT" : "PATCH"} ${api}/${collection}/*`,
      delete: `DELETE ${api}/${collection}/*`,
    },
  };
}

/** No list in an account has an order. */
function inOneOrder(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map(inOneOrder).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, inOneOrder(inner)]));
}

/** A stack's run of one resource. */
export function runOn(bench: NimBench, type: string, name = "it"): ResourceRun {
  const provider = bench.newProcess().providers.byName[type] as ResourceRun["provider"];
  return new ResourceRun(provider, { owner: `acme/urn:pulumi:dev::shop::x::${name}`, __provider: "text" });
}
