import { createClaims } from "../core/claims.ts";
import { byRefresh } from "../core/conflict.ts";
import { defineResource, type Resource } from "../core/definition.ts";
import { effectiveValues } from "../core/othersChanged.ts";
import { isMadeBy, newMark } from "../core/ownerMark.ts";
import { pick } from "../core/shape.ts";
import { Absent, isAmbiguous, isKind, isPutOff, keepingObject, messageOf, orAbsent } from "../travel/errors.ts";
import type { Json, NimClient, NimContext } from "./client.ts";
import { objectName, uid } from "./instance.ts";
import { type NamedKind, namedObjects } from "./namedObject.ts";
import type { NamedInputs, NamedOutputs } from "./namedTypes.ts";
import { goneError, maxAttempts, namedWriter, type Written } from "./namedWrite.ts";
import { unknownWriter } from "./unknownWriter.ts";

export function defineNamedResource<Inputs extends NamedInputs, Outputs extends NamedOutputs>(
  kind: NamedKind<Inputs, Outputs>,
): Resource {
  const {
    shapeFor,
    pathOf,
    nameOf,
    idOf,
    stampIn,
    fieldsOf,
    declaredIn,
    versionOf,
    isSameObject,
    isAnothersObject,
    whatBecameOf,
    shownTo,
    find,
    read,
  } = namedObjects(kind);
  const { postOrAdopt, put, rememberOf } = namedWriter(kind);
  const claims = createClaims();

  function outputsOf(context: NimContext, body: Json, remembered: Omit<NamedOutputs, "uid">): Outputs {
    const inputs = kind.inputsOf(body, context.client);
    return { ...kind.outputsOf(inputs, body), uid: kind.uidOf(body), ...remembered } as Outputs;
  }

  return defineResource<NimClient, Inputs, Outputs>({
    system: "nim",
    name: kind.name,
    inputs: kind.inputs,
    autoName: "name",
    location: ["name"],
    fixed: [],
    steering: ["adopt"],
    writeOnly: kind.writeOnly,
    texts: [],
    words: [],
    remembered: ["ownerMark", "stamp", "effective", "seen"],
    ids: { is: (id) => (kind.keyedBy === "name" ? objectName : uid).safeParse(id).success, told: kind.ids },
    canCoexist: kind.canCoexist,
    isFinished: () => true,

    async create(context, inputs) {
      const mark = newMark(context);
      const outcome = await context.waitFor<Written>((tries) => postOrAdopt(context, inputs, mark, tries));
      if ("waiting" in outcome) throw new Error(`Gave up waiting: ${outcome.waiting}`);
      const id = idOf(outcome.done.body);
      claims.make(id, mark);
      for (const remark of kind.remarksOn(inputs)) context.warn(`${pathOf(id)}: ${remark}`);
      return keepingObject(id, { uid: kind.uidOf(outcome.done.body), ownerMark: mark }, () => {
        const remembered = rememberOf(context, inputs, outcome.done, mark, { applied: {}, effective: {} });
        return { id, outputs: outputsOf(context, outcome.done.body, remembered) };
      });
    },

    async read(context, id, state) {
      const live = await orAbsent(read(context, id));
      if (live instanceof Absent) return live;
      const inputs = { ...kind.inputsOf(live, context.client), name: nameOf(live) };
      const is = fieldsOf(context, live);
      const declared = declaredIn(context, state);
      const before = state.effective ?? {};
      const remembered = {
        ownerMark: state.ownerMark ?? "",
        ...stampIn(live),
        effective: effectiveValues(shapeFor(nameOf(live)), {
          applied: declared,
          declared,
          sent: is,
          answer: is,
          before,
          fixed: [],
          isShown: true,
        }),
        seen: versionOf(is),
      };
      const outputs = outputsOf(context, live, remembered);
      const found = { inputs: shownTo(context, inputs, state), outputs, changedBy: unknownWriter };
      if (!state.ownerMark || isSameObject(live, state)) return found;
      context.warn(`${pathOf(id)} ${whatBecameOf(live)}`);
      const belongsToOthers = isAnothersObject(context, live, state);
      return { ...found, outputs: { ...outputs, uid: state.uid ?? "" }, belongsToOthers };
    },

    async update(context, id, state, inputs) {
      const path = pathOf(id);
      const live = await find(context, id);
      if (!live) throw goneError(path);
      const isOurs = (body: Json) => inputs.adopt === true || !isAnothersObject(context, body, state);
      if (isOurs(live) && isAnothersObject(context, live, state)) context.warn(`${path} was taken over.`);
      if (!isOurs(live)) {
        throw new Error(
          `${path} ${whatBecameOf(live)} Nothing was changed. Set "adopt: true" to take it over, or give it up here with "pulumi state delete".`,
        );
      }
      const mark = isMadeBy(state.ownerMark, context.owner) ? state.ownerMark : newMark(context);
      const { effective = {}, seen, stamp } = state;
      const applied = { ...declaredIn(context, state), ...pick(state, kind.writeOnly) };
      const written = await put(context, inputs, {
        applied,
        effective,
        seen,
        stamp,
        live,
        mark,
        takesOver: false,
        isAdoption: false,
        wayOut: byRefresh,
        isOurs,
      });
      claims.make(id, mark);
      for (const remark of kind.remarksOn(inputs)) context.warn(`${path}: ${remark}`);
      return outputsOf(context, written.body, rememberOf(context, inputs, written, mark, { applied, effective }));
    },

    async delete(context, id, state) {
      const path = pathOf(id);
      const outcome = await context.waitFor<"kept" | undefined>(async (tries) => {
        const live = await find(context, id);
        if (!live) return { done: undefined };
        if (!claims.isNewest(id, state.ownerMark) || !isSameObject(live, state)) return { done: "kept" };
        try {
          await context.client.delete(path);
          return { done: undefined };
        } catch (error) {
          if (isKind(error, "gone")) return { done: undefined };
          if (isAmbiguous(error) && tries < maxAttempts)
            return { waiting: `NIM did not say whether it deleted the object: ${messageOf(error)}` };
          if (!isKind(error, "inUse", "stale")) throw error;
          const released = kind.released(state, kind.inputsOf(live, context.client));
          if (released) {
            const body = kind.bodyOf({ ...state, ...released }, live, context.client, state);
            await context.client.put(path, body).catch((error: unknown) => {
              if (!isPutOff(error)) throw error;
            });
            return { waiting: "the stack's own references to it are being removed" };
          }
          const holders = await kind.holdersOf(context, live);
          const held = holders.length > 0 ? ` It is held by ${holders.join(", ")}.` : "";
          throw new Error(`${error.message}.${held} ${kind.whenHeld}`);
        }
      });
      if ("waiting" in outcome) throw new Error(`Gave up waiting. ${outcome.waiting}`);
      if (outcome.done === "kept") context.warn(`${path} is no longer the object of this stack, and was kept.`);
    },
  });
}
