import type { Remembered } from "../provider/core/rememberedTypes.ts";
import type { RoleInputs, RoleOutputs } from "../provider/nim/roleTypes.ts";
import { type Args, resourceClass } from "./resource.ts";

/** Arguments of {@link Role}. */
export interface RoleArgs extends Args<RoleInputs> {}

/**
 * A role of NGINX Instance Manager's access control. Permissions that somebody adds or takes away show as drift.
 *
 * @example
 * const operators = new Role("shop-operators", {
 *   displayName: "Shop operators",
 *   permissions: [
 *     { feature: "INSTANCE-MANAGEMENT", accessTypes: ["READ", "UPDATE"], objects: [{ resource: "Systems", values: ["web-1"] }] },
 *   ],
 * });
 */
export class Role extends resourceClass<RoleInputs, Omit<RoleOutputs, keyof Remembered> & { name: string }>({
  type: "nim:Role",
  args: ["name", "displayName", "description", "tags", "permissions", "adopt"],
  outputs: ["name", "uid"],
}) {}
