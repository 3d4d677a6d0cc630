import type { z } from "zod";
import type { Absent } from "../travel/errors.ts";
import type { Issue } from "./check.ts";
import type { Context } from "./operation.ts";
import { type ObjectShape, shapeOf } from "./shape.ts";

type Properties = Record<string, unknown>;

/** What a read found: every input that can be read, and the outputs. */
export interface Live<Inputs, Outputs> {
  readonly inputs: Partial<Inputs>;
  readonly outputs: Outputs;
  /**
   * Who changed the object since the state was taken, and when, as far as the server says; `undefined` where nobody has,
   * and it was not as declared then already.
   */
  readonly changedBy: string | undefined;
  /** Whether it is another object than the one of this stack: somebody has made it again, or taken it over. */
  readonly belongsToOthers?: boolean;
}

/** What ids are like. */
export interface IdForm {
  is(id: string): boolean;
  /** A sentence, for an error. */
  readonly told: string;
}

/** Everything the provider needs to know about one kind of resource. `Inputs` are the user's after `check`. */
export interface ResourceDefinition<Client, Inputs extends object, Outputs extends object> {
  /** The system that the resource lives on, by the name that its configuration has. */
  readonly system: string;
  /** The class's name in the SDK, which is also the key in the text that every state holds. */
  readonly name: string;
  /** Validates what the user wrote and puts it in canonical form; never fills in what the user left to the server. */
  readonly inputs: z.ZodObject;
  /** Inputs that say where the object lies: any change in them needs a new object, also leaving one out. */
  readonly location: readonly (keyof Inputs & string)[];
  /**
   * Paths of inputs that cannot change on an object that exists, such as `advancedConfig.hybrid`: another value needs a
   * new object; leaving one out, or naming the value that the object has, never does.
   */
  readonly fixed: readonly string[];
  /** The input that names the object; where the user gives none, one is made from the resource's name and URN. */
  readonly autoName: (keyof Inputs & string) | undefined;
  /** What a message calls the object before it has an id, where no argument names it. */
  readonly target?: (inputs: Inputs) => string;
  /** Inputs that steer this provider and are no part of the object. */
  readonly steering: readonly (keyof Inputs & string)[];
  /** Inputs that the API takes and never gives back, and that no message may show. */
  readonly writeOnly: readonly (keyof Inputs & string)[];
  /** Inputs that are texts in which secrets may stand, whether the program marks them or not. */
  readonly texts: readonly (keyof Inputs & string)[];
  /** The texts in a value of those, where it is more than a text. */
  readonly textsIn?: (value: unknown) => string[];
  /**
   * Puts what stands for something else in the arguments in full, such as a folder's files for the folder, before anything
   * looks at them. It may read files of this machine, and nothing else.
   */
  readonly spelledOut?: (given: Properties, olds: Properties) => { given: Properties; issues: readonly Issue[] };
  /** Outputs that only the state of a managed object needs: where one is looked at, they say nothing. */
  readonly remembered: readonly (keyof Outputs & string)[];
  /** What the ids of objects are like, for programs that look at one. */
  readonly ids: IdForm;
  /** Inputs of which a delete is told what another resource of this program says of the same object: that is to stay. */
  readonly shared?: readonly (keyof Inputs & string)[];
  /** Outputs in which the server's own words stand. */
  readonly words: readonly (keyof Outputs & string)[];

  /**
   * Whether the object of these arguments can be made while that of the others, in another place, is still there: then a
   * replacement leaves no gap.
   */
  canCoexist(before: Partial<Inputs>, after: Partial<Inputs>): boolean;
  /** Whether the last run left the object as it should be; one that is not gets another update. */
  isFinished(state: Partial<Inputs & Outputs>): boolean;
  /** Makes the object, or finds the one that an interrupted run made. */
  create(context: Context<Client>, inputs: Inputs): Promise<{ id: string; outputs: Outputs }>;
  /**
   * Observes, never modifies; `Absent` only when the server says that this very object does not exist. Of what is only
   * looked at the state is empty, or what a look before has shown.
   */
  read(context: Context<Client>, id: string, state: Partial<Inputs & Outputs>): Promise<Live<Inputs, Outputs> | Absent>;
  /**
   * Brings the object to `inputs`; `state` holds the inputs as last applied, and the outputs. Both are without what the
   * program leaves to others; `seen` has the inputs of the state with that, as a refresh has shown it.
   */
  update(context: Context<Client>, id: string, state: Inputs & Outputs, inputs: Inputs, seen: Inputs): Promise<Outputs>;
  /**
   * Removes the object if it is still the one in `state`; one that is gone already is a success.
   *
   * @param successor - what another resource of this program says in `shared`, where there is one of the same object, such
   * as after a resource was renamed
   */
  delete(
    context: Context<Client>,
    id: string,
    state: Inputs & Outputs,
    successor: Partial<Inputs> | undefined,
  ): Promise<void>;
}

/** A definition as the lifecycle sees it, its types checked and put aside, with the shape of its inputs. */
export interface Resource {
  readonly definition: ResourceDefinition<unknown, Properties, Properties>;
  readonly shape: ObjectShape;
}

export function defineResource<Client, Inputs extends object, Outputs extends object>(
  definition: ResourceDefinition<Client, Inputs, Outputs>,
): Resource {
  return {
    definition: definition as unknown as Resource["definition"],
    shape: shapeOf(definition.inputs),
  };
}
