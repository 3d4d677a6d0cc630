import type { z } from "zod";
import type { NimClient } from "../nim/client.ts";
import type { NsxClient } from "../nsx/client.ts";
import type { Context } from "./operation.ts";
import { type ObjectShape, shapeOf } from "./shape.ts";

/** The systems that resources live on, by the name that their configuration has. */
export interface Clients {
  readonly nsx: NsxClient;
  readonly nim: NimClient;
}

/** What a read found: every input that can be read, in canonical form, and the outputs. */
export interface Live<Inputs, Outputs> {
  readonly inputs: Partial<Inputs>;
  readonly outputs: Outputs;
  /** Who changed the object since the state was taken, and when, as far as the server says. */
  readonly changedBy: string;
}

/** Everything the provider needs to know about one kind of resource. `Inputs` are the user's after `check`. */
export interface ResourceDefinition<Name extends keyof Clients, Inputs extends object, Outputs extends object> {
  /** The system that the resource lives on. */
  readonly system: Name;
  /** The class's name in the SDK, which is also the key in the text that every state holds. */
  readonly name: string;
  /** Validates what the user wrote and puts it in canonical form; never fills in what the user left to the server. */
  readonly inputs: z.ZodObject;
  /** Inputs whose change needs a new object; a path such as `advancedConfig.hybrid` names a nested one. */
  readonly replaceOnChanges: readonly string[];
  /** The input that names the object; where the user gives none, one is made from the resource's name and URN. */
  readonly autoName: (keyof Inputs & string) | undefined;
  /** Inputs that steer this provider and are no part of the object, so a change in them changes nothing there. */
  readonly steering: readonly (keyof Inputs & string)[];
  /** Inputs that the API takes and never gives back, and that no message may show. */
  readonly writeOnly: readonly (keyof Inputs & string)[];

  /** Whether the last run left the object as it should be; one that is not gets another update. */
  isFinished(state: Partial<Inputs & Outputs>): boolean;
  /** Makes the object, or finds the one that an interrupted run made. */
  create(context: Context<Clients[Name]>, inputs: Inputs): Promise<{ id: string; outputs: Outputs }>;
  /** Observes, never modifies; `undefined` only when the server says that this very object does not exist. */
  read(
    context: Context<Clients[Name]>,
    id: string,
    state: Partial<Inputs & Outputs>,
  ): Promise<Live<Inputs, Outputs> | undefined>;
  /** Brings the object to `inputs`; `state` holds the inputs as last applied, and the outputs. */
  update(context: Context<Clients[Name]>, id: string, state: Inputs & Outputs, inputs: Inputs): Promise<Outputs>;
  /** Removes the object if it is still the one in `state`; one that is gone already is a success. */
  delete(context: Context<Clients[Name]>, id: string, state: Inputs & Outputs): Promise<void>;
}

/** A definition as the lifecycle sees it, its types checked and put aside, with the shape of its inputs. */
export interface Resource {
  readonly definition: ResourceDefinition<keyof Clients, Record<string, unknown>, Record<string, unknown>>;
  readonly shape: ObjectShape;
}

export function defineResource<Name extends keyof Clients, Inputs extends object, Outputs extends object>(
  definition: ResourceDefinition<Name, Inputs, Outputs>,
): Resource {
  return {
    definition: definition as unknown as Resource["definition"],
    shape: shapeOf(definition.inputs),
  };
}
