import { segmentDefaults } from "./defaults.ts";
import type { Ground, NsxRoom } from "./ground.ts";
import { familyOf } from "./notation.ts";
import type { Dice } from "./random.ts";
import { rephrased } from "./rephrase.ts";
import { segmentShape, toWire } from "./segmentShape.ts";
import {
  otherZone,
  overlayZone,
  type SegmentMood,
  segmentArgument,
  segmentArguments,
  segmentProgram,
  vlanZone,
} from "./segmentStates.ts";
import type { Json, JsonObject } from "./shape.ts";
import type { Program, Site, Subject, World } from "./subject.ts";

/** The scope of the tag by which the provider knows its own (the documentation of `tags`). */
const ownerScope = "pulumi.owner";

/** Where the program wants its segment: what a change of replaces it. */
const placeOf = ({ segmentId = "walk", tier1Path, projectPath }: Program) =>
  `${tier1Path ?? `${projectPath ?? ""}/infra`}/segments/${segmentId}`;
/** The part of the resource that is not the API's. */
const notWire = ["segmentId", "tier1Path", "projectPath", "adopt", "waitForRealization"];

async function startSite(ground: Ground, strategy: string, number: number): Promise<Site> {
  const room = await ground.nsx(strategy, number);
  return {
    newRun: room.newRun,
    requests: room.requests,
    breakAnswers: room.breakAnswers,
    heal: room.heal,
    close: room.close,
    live(program) {
      const found = room.object(placeOf(program));
      if (!found) return undefined;
      const tags = ((found.tags ?? []) as JsonObject[]).filter(({ scope }) => scope !== ownerScope);
      return { ...found, tags };
    },
    everything: () => JSON.stringify(room.segments()),
    count: () => room.segments().length,
    write(program, object) {
      const mark = markOf(room, program);
      const own = Object.keys(segmentShape("").fields);
      const body = Object.fromEntries(own.map((name) => [name, object[name] ?? null]));
      const tags = [...((object.tags ?? []) as JsonObject[]), ...mark];
      room.change(placeOf(program), { ...body, tags, subnets: withVariants(object.subnets) });
    },
  };
}

const markOf = (room: NsxRoom, program: Program) =>
  ((room.object(placeOf(program))?.tags ?? []) as JsonObject[]).filter(({ scope }) => scope === ownerScope);

/** DHCP settings say of which family they are. */
function withVariants(subnets: Json): Json {
  if (!Array.isArray(subnets)) return null;
  return (subnets as JsonObject[]).map((subnet) => {
    if (!subnet.dhcp_config) return { ...subnet, dhcp_config: null };
    const resource_type = `SegmentDhcpV${familyOf(subnet.gateway_address)}Config`;
    return { ...subnet, dhcp_config: { ...(subnet.dhcp_config as JsonObject), resource_type } };
  });
}

function createWorld(dice: Dice, ground: Ground): World {
  let sites = 0;
  const mood: SegmentMood = { vlan: dice.chance(0.2), saysFixed: dice.chance(0.4) };
  const strategy = dice.pick(["put", "hierarchical"]);
  const tidy = (program: Program): Program => {
    // "Must not be set on fixed segments."
    const { connectivityPath, ...rest } = program;
    return program.tier1Path || connectivityPath === undefined ? rest : program;
  };
  const moved = (program: Program): Program => {
    const { segmentId: _, tier1Path: __, projectPath: ___, ...rest } = program;
    const places: Program[] = [{ segmentId: "walk" }, { segmentId: "walk-2" }];
    if (!mood.vlan) places.push({ segmentId: "walk", tier1Path: "/infra/tier-1s/t1-web" });
    if (!mood.vlan) places.push({ segmentId: "walk", projectPath: "/orgs/default/projects/dev" });
    return tidy({ ...rest, ...dice.pick(places) });
  };
  return {
    untouchable: ["transport_zone_path", "overlay_id", ...(mood.vlan ? ["connectivity_path", "vlan_ids"] : [])],
    start: () => {
      sites += 1;
      return startSite(ground, strategy, sites);
    },
    shape: (program) => {
      const shape = segmentShape(String(program.segmentId ?? "walk"));
      // A segment below a tier-1 has its path as connectivity_path, which nobody sets (the guide's example).
      const { connectivity_path, ...rest } = shape.fields;
      const gateway = { ...connectivity_path, default: program.tier1Path } as typeof connectivity_path;
      return { ...shape, fields: { ...rest, ...(gateway && { connectivity_path: gateway }) } };
    },
    program: () => ({ segmentId: "walk", ...segmentProgram(dice, mood) }),
    others: (): JsonObject => (dice.chance(0.1) ? { ls_id: "ls-1" } : {}),
    rephrase: (program) => rephrased(dice, program),
    next(program) {
      if (dice.chance(0.03)) return moved(program);
      if (dice.chance(0.1)) {
        const { segmentId, tier1Path, projectPath, adopt } = program;
        const place = {
          segmentId,
          ...(tier1Path !== undefined && { tier1Path }),
          ...(projectPath !== undefined && { projectPath }),
        };
        return tidy({ ...place, ...(adopt === true && { adopt }), ...segmentProgram(dice, mood) });
      }
      const changed: Program = { ...program };
      for (const name of dice.some(segmentArguments(mood), 1, 3)) {
        const here = changed[name];
        const kind = dice.below(4);
        if (kind === 0 && !(mood.vlan && name === "vlanIds")) delete changed[name];
        else if (kind === 1 || here === undefined) changed[name] = segmentArgument(dice, mood, name);
        else changed[name] = nudged(dice, here, segmentArgument(dice, mood, name));
      }
      return tidy(rephrased(dice, changed));
    },
    wire: (program) =>
      toWire(Object.fromEntries(Object.entries(program).filter(([name]) => !notWire.includes(name)))) as JsonObject,
    argumentOf: (field) => field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    elsewhere: (program) => program,
    samePlace: (a, b) => placeOf(a) === placeOf(b),
    settle: (program, live) => settled(dice, mood, program, live),
  };
}

/** What cannot change, said or left out; now and then another value, which makes another object. */
function settled(dice: Dice, mood: SegmentMood, program: Program, live: JsonObject | undefined): Program {
  const { overlayId: _, transportZonePath: __, advancedConfig, ...rest } = program;
  const { hybrid: ___, ...advanced } = (advancedConfig ?? {}) as JsonObject;
  const there = { zone: live?.transport_zone_path ?? overlayZone, id: live?.overlay_id };
  const hybrid = (live?.advanced_config as JsonObject | undefined)?.hybrid ?? segmentDefaults.hybrid;
  const result: Program = { ...rest };
  const say = (name: string, value: Json, other: Json, into: JsonObject = result) => {
    if (dice.chance(0.02)) into[name] = other;
    else if (value !== undefined && dice.chance(0.35)) into[name] = value;
  };
  if (mood.vlan) result.transportZonePath = vlanZone;
  if (!mood.saysFixed) return Object.keys(advanced).length > 0 ? { ...result, advancedConfig: advanced } : result;
  if (!mood.vlan) {
    say(
      "transportZonePath",
      dice.pick([there.zone, `${there.zone}/`]),
      there.zone === otherZone ? overlayZone : otherZone,
    );
    say("overlayId", there.id, 71000 + dice.below(1000));
  }
  say("hybrid", hybrid, !hybrid, advanced);
  return Object.keys(advanced).length > 0 ? { ...result, advancedConfig: advanced } : result;
}

/** A nested argument with one thing in it changed, rather than made anew as a whole. */
function nudged(dice: Dice, here: Json, like: Json): Json {
  if (Array.isArray(here) && Array.isArray(like)) {
    if (here.length === 0 || typeof here[0] !== "object" || dice.chance(0.3)) return like;
    const at = dice.below(here.length);
    const keys = [
      "gatewayAddress",
      "bridgeProfilePath",
      "macAddress",
      "configPair",
      "network",
      "nexthopAddress",
      "code",
      "tag",
      "scope",
    ];
    const isAlike = (other: JsonObject) =>
      keys.some(
        (key) => other[key] !== undefined && String(other[key])[0] === String((here[at] as JsonObject)[key])[0],
      );
    const twin = (like as JsonObject[]).find(isAlike);
    if (!twin || !("gatewayAddress" in twin)) return like;
    if (familyOf(twin.gatewayAddress) !== familyOf((here[at] as JsonObject).gatewayAddress)) return like;
    return here.map((element, i) =>
      i === at ? nudged(dice, element, { ...twin, gatewayAddress: element.gatewayAddress }) : element,
    );
  }
  if (typeof here !== "object" || here === null || typeof like !== "object" || like === null) return like;
  const result: JsonObject = { ...(here as JsonObject) };
  const required = ["gatewayAddress", "network", "nextHop"];
  const names = [...new Set([...Object.keys(here), ...Object.keys(like)])].filter((name) => !required.includes(name));
  if (names.length === 0) return like;
  const name = dice.pick(names);
  const value = (like as JsonObject)[name];
  if (value === undefined) delete result[name];
  else result[name] = result[name] === undefined ? value : nudged(dice, result[name], value);
  const isEmpty = Object.keys(result).length === 0;
  return isEmpty ? like : result;
}

export const segment: Subject = {
  name: "NsxSegment",
  carriesMark: true,
  open: async (dice, ground) => createWorld(dice, ground),
};
