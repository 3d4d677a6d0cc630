import * as errors from "./errors.ts";
import { NsxError } from "./errors.ts";
import type { Json } from "./fields.ts";
import type { Change } from "./policy.ts";
import type { Store, Stored } from "./store.ts";
import { bodiesOf, childPath, type ObjectType, typeOfBody } from "./types.ts";

/** "Up to 5000 intents per call" on a local manager. */
const maxIntents = 5000;

export interface HierarchicalOptions {
  checkRevision: boolean;
  mergeKind: "replace" | "merge";
  ignoreMissing: boolean;
}

/** Turns the tree of `PATCH /infra` into single changes: writes from the top down, then deletes from the bottom up. */
export function changesOfTree(rootType: string, rootPath: string, root: Json, options: HierarchicalOptions): Change[] {
  const writes: Change[] = [];
  const removals: Change[] = [];

  function visit(parentType: string, parentPath: string, children: unknown): void {
    if (children === undefined || children === null) return;
    if (!Array.isArray(children)) throw errors.unreadable("property children must be of type array");
    for (const child of children as Json[]) visitChild(parentType, parentPath, child);
  }

  function visitChild(parentType: string, parentPath: string, child: Json): void {
    const wrapper = String(child.resource_type);
    if (wrapper === "ChildResourceReference") {
      // For "parents you do not want updated".
      const type = typeOfBody(String(child.target_type));
      visit(type?.name ?? "", pathOf(parentType, parentPath, type, wrapper, child.id), child.children);
      return;
    }
    const type = wrapper.startsWith("Child") ? typeOfBody(wrapper.slice("Child".length)) : undefined;
    const payload = payloadOf(type, child);
    const path = pathOf(parentType, parentPath, type, wrapper, payload.id);
    const body = payload;
    const { checkRevision, mergeKind, ignoreMissing } = options;
    if (child.marked_for_delete === true || payload.marked_for_delete === true) {
      const force = (child.request_parameter as Json | undefined)?.force === true;
      removals.unshift({ kind: "remove", path, body, checkRevision, force, ignoreMissing });
    } else writes.push({ kind: mergeKind, path, body, checkRevision });
    if (writes.length + removals.length > maxIntents) {
      throw errors.fieldErrors([`the number of intents in one request has exceeded ${maxIntents}`]);
    }
    visit(type?.name ?? "", path, payload.children);
  }

  visit(rootType, rootPath, root.children);
  return [...writes, ...removals];
}

function payloadOf(type: ObjectType | undefined, child: Json): Json {
  const names = type ? [type.name, ...bodiesOf(type)] : [];
  const payload = names.map((name) => child[name]).find((found) => found !== undefined);
  if (typeof payload !== "object" || payload === null) {
    throw new NsxError(400, 500165, `Invalid Dto type hierarchy: ${child.resource_type} without its object`);
  }
  return payload as Json;
}

function pathOf(
  parentType: string,
  parentPath: string,
  type: ObjectType | undefined,
  wrapper: string,
  id: unknown,
): string {
  const path = type && childPath(parentType, parentPath, type, String(id));
  if (path === undefined) {
    throw new NsxError(400, 500165, `Invalid Dto type hierarchy: ${wrapper} is not allowed under ${parentType}`);
  }
  if (typeof id !== "string" || id === "") throw errors.fieldErrors([`id of ${wrapper} is required`]);
  return path;
}

/** `GET /infra?filter=Type-Segment|Tier1`: the tree of the objects whose type matches, with the parents they hang on. */
export function treeOf(store: Store, root: Stored, filter: string): Json {
  const wanted = new RegExp(`^(${filter.replace(/^Type-/, "")})$`);
  const childrenOf = (parent: Stored): Json[] =>
    store.children(parent.path).flatMap((child) => {
      const nested = childrenOf(child);
      const matches = wanted.test(child.type.name);
      if (!matches && nested.length === 0) return [];
      const body = nested.length > 0 ? { ...child.body, children: nested } : child.body;
      return [{ resource_type: `Child${child.type.name}`, marked_for_delete: false, [child.type.name]: body }];
    });
  return { ...root.body, children: childrenOf(root) };
}
