import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { RunResult, Workspace } from "../../test/pulumi.ts";
import type { NsxControl, NsxSimulator } from "../../test/simulators/nsx/index.ts";
import { type Narration, Untrue } from "./narration.ts";

/** Somebody who works on NSX without Pulumi. */
export type Colleague = Pick<NsxControl, "change" | "delete">;

export interface Stage {
  narration: Narration;
  nsx: NsxSimulator;
  workspace: Workspace;
  colleague: Colleague;
  colors: boolean;
  /** Lets no further command begin. */
  signal: AbortSignal;
}

/** A segment as NSX answers it, as far as the scenes look into it. */
interface Segment {
  path: string;
  display_name: string;
  subnets?: { gateway_address: string; dhcp_ranges?: string[] }[];
  tags?: { scope: string; tag: string }[];
  type: string;
  vlan_ids?: string[];
  domain_name?: string;
  replication_mode?: string;
  _last_modified_time: number;
}

const program = "examples/nsx-segment/index.ts";
const somebody = "maria";
const gateway = { ours: "10.20.1.1/24", theirs: "10.20.1.254/24" };
const domain = { before: "web.shop.example", after: "shop.example" };

/** Every scene in order. @throws Untrue as soon as something is not as it was said to be */
export async function playScenes(stage: Stage): Promise<void> {
  const { narration, nsx, workspace, colleague, colors, signal } = stage;
  const { check } = narration;

  /** Runs a command as it is shown, but for what only makes the output longer. */
  async function pulumi(command: string, { succeeds = true, quiet = ["--suppress-outputs"] } = {}): Promise<RunResult> {
    signal.throwIfAborted();
    narration.command(`pulumi ${command}`);
    const result = await workspace.run([...command.split(" "), "--suppress-progress", ...quiet], {
      expect: null,
      colors,
      onOutput: narration.output,
    });
    narration.endOutput();
    if ((result.code === 0) !== succeeds) {
      throw new Untrue(`"pulumi ${command}" ${succeeds ? "succeeds" : "stops"}\n  found: exit status ${result.code}`);
    }
    return result;
  }

  const atFirst = nsx.control.objects();
  const segments = () => nsx.control.objects("/infra/segments") as unknown as Segment[];

  function segment(name: string): Segment {
    const found = segments().find(({ display_name }) => display_name.endsWith(`-${name}`));
    if (!found) throw new Untrue(`NSX has the segment ${name}\n  found: ${segments().map(({ path }) => path)}`);
    return found;
  }

  const gatewayOf = (name: string) => segment(name).subnets?.[0]?.gateway_address;
  const teamOf = (name: string) => segment(name).tags?.find(({ scope }) => scope === "team")?.tag;

  function colleagueMovesGateway(further: Record<string, unknown> = {}): void {
    const { path, subnets = [] } = segment("web");
    const moved = subnets.map((subnet) => ({ ...subnet, gateway_address: gateway.theirs }));
    colleague.change(path, { subnets: moved, ...further }, somebody);
  }

  /** Changes the copy of the program that runs here. */
  async function edit(before: string, after: string): Promise<void> {
    const file = join(workspace.folder, program);
    const text = await readFile(file, "utf8");
    if (text.split(before).length !== 2) throw new Error(`${program} does not have ${before} exactly once`);
    await writeFile(file, text.replace(before, after));
    narration.edit(program, before, after);
  }

  async function create(): Promise<void> {
    narration.step(
      "Create",
      `Three segments from ${program}: web servers with DHCP behind a
tier-1 gateway, VLANs for storage, and a network without a way out.`,
    );
    await pulumi("up --yes --skip-preview", { quiet: [] });
    const web = segment("web");
    check(
      `web is routed, its gateway is ${gateway.ours}, its DHCP server has a range`,
      web.type === "ROUTED" && gatewayOf("web") === gateway.ours && web.subnets?.[0]?.dhcp_ranges?.length === 1,
      web,
    );
    const [storage, restore] = [segment("storage"), segment("restore")];
    check("storage has VLANs 110 and 120-129", isDeepStrictEqual(storage.vlan_ids, ["110", "120-129"]), storage);
    check("restore is cut off", restore.type === "DISCONNECTED", restore);
    check("each carries a tag that says which stack it belongs to", segments().every(hasOwner), web.tags);
  }

  const hasOwner = ({ tags = [] }: Segment) =>
    tags.some(({ scope, tag }) => scope === "pulumi.owner" && tag.startsWith(`quickstart/${workspace.stack}/`));

  async function showDrift(): Promise<void> {
    narration.step(
      "See what others changed",
      "Somebody works in NSX Manager by hand. Pulumi shows each field, and writes nothing.",
    );
    narration.act(
      somebody,
      `moves the gateway of web to ${gateway.theirs}, tags storage\nwith the team payments, and deletes restore.`,
    );
    colleagueMovesGateway();
    const { path, tags = [] } = segment("storage");
    const retagged = tags.map((entry) => (entry.scope === "team" ? { ...entry, tag: "payments" } : entry));
    colleague.change(path, { tags: retagged }, somebody);
    colleague.delete(segment("restore").path, somebody);
    const before = nsx.control.history.all().length;
    const { stdout } = await pulumi("refresh --preview-only --diff");
    check(
      `the gateway: ${gateway.ours} is now ${gateway.theirs}`,
      shows(stdout, "gatewayAddress", gateway.ours, gateway.theirs),
    );
    check("the tag: team was shop, is now payments", shows(stdout, "tag", "shop", "payments"));
    check(
      "the segment: restore is gone",
      /- pulumi-nodejs:dynamic\/nsx:NsxSegment: \(delete\)\s+\[id=\S*\/restore-/.test(stdout),
    );
    check("nothing was written to NSX", nsx.control.history.all().length === before);
  }

  async function repair(): Promise<void> {
    narration.step("Repair", "One command brings NSX back to what the program says. Then nothing is left to change.");
    await pulumi("up --refresh --yes --skip-preview");
    check(`the gateway of web is ${gateway.ours} again`, gatewayOf("web") === gateway.ours, segment("web"));
    check("the tag of storage is shop again", teamOf("storage") === "shop", segment("storage"));
    check("restore is back", hasOwner(segment("restore")), segment("restore"));
    await pulumi("refresh --preview-only --expect-no-changes");
    check("no drift is left", true);
  }

  async function stopOnConflict(): Promise<void> {
    narration.step(
      "Lose nobody's change",
      `We edit web. Before our update arrives, somebody else changes the same segment:
one field that our program manages, and one that it does not mention.`,
    );
    await edit(`domainName: "${domain.before}"`, `domainName: "${domain.after}"`);
    narration.act(somebody, `moves the gateway of web to ${gateway.theirs}, and sets\nits replication mode to SOURCE.`);
    colleagueMovesGateway({ replication_mode: "SOURCE" });
    const theirs = segment("web");
    const { output } = await pulumi("up --yes --skip-preview", { succeeds: false });
    check("Pulumi stopped before it wrote anything", isDeepStrictEqual(segment("web"), theirs), segment("web"));
    check(
      "it says which field, both values, who and when",
      output.includes(`changed by ${somebody} at ${new Date(theirs._last_modified_time).toISOString()}`) &&
        conflictOn("gatewayAddress", gateway.ours, gateway.theirs).test(output),
    );
    check(`it says how to go on: write over the change, or keep it`, /pulumi up --refresh.*keep it/s.test(output));
  }

  async function keepTheirs(): Promise<void> {
    narration.step(
      "Go on",
      `We keep ${somebody}'s gateway: the program says so now. Our own change is still in it, too.`,
    );
    await edit(`gatewayAddress: "${gateway.ours}"`, `gatewayAddress: "${gateway.theirs}"`);
    await pulumi("up --yes --skip-preview");
    const web = segment("web");
    check(`our change is on NSX: the domain is ${domain.after}`, web.domain_name === domain.after, web);
    check(`${somebody}'s gateway is still there: ${gateway.theirs}`, gatewayOf("web") === gateway.theirs, web);
    check(
      "so is the replication mode, which the program never mentions: SOURCE",
      web.replication_mode === "SOURCE",
      web,
    );
  }

  async function takeDown(): Promise<void> {
    narration.step("Back out", "Everything that this stack made goes, and nothing else.");
    await pulumi("destroy --yes --skip-preview");
    check("NSX has no segment left", segments().length === 0, segments());
    check("all else is as it was before the first step", isDeepStrictEqual(nsx.control.objects(), atFirst));
  }

  await create();
  await showDrift();
  await repair();
  await stopOnConflict();
  await keepTheirs();
  await takeDown();
}

/** Whether Pulumi's diff names a field with its old and new value. */
function shows(output: string, field: string, before: string, after: string): boolean {
  return output
    .split("\n")
    .some((line) => line.trim().replace(/\s+/g, " ") === `~ ${field}: "${before}" => "${after}"`);
}

/** The line of the provider's explanation about one field. */
function conflictOn(field: string, lastApplied: string, now: string): RegExp {
  return new RegExp(`${field}: last applied "${lastApplied}", now "${now}"`);
}
