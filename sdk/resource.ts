import * as pulumi from "@pulumi/pulumi";

/** Arguments as a program gives them: each value, at any depth, may be an output of another resource. */
export type Args<Inputs> = { [Key in keyof Inputs]: DeepInput<Inputs[Key]> };

type DeepInput<T> = pulumi.Input<
  T extends readonly (infer Element)[]
    ? DeepInput<Element>[]
    : T extends object
      ? { [Key in keyof T]: DeepInput<T[Key]> }
      : T
>;

/** Values of a resource that exists. */
export type Outputs<State> = { readonly [Key in keyof State]: pulumi.Output<State[Key]> };

/** What a class tells about itself. */
interface Kind {
  /** The class's name, under which the provider's entry exports what runs it. */
  readonly name: string;
  /** The type's token in the state. */
  readonly type: string;
  /** Outputs beside the arguments. */
  readonly outputs: readonly string[];
}

/**
 * A resource that Pulumi's dynamic provider runs.
 *
 * `pulumi.dynamic.Resource` would serialize the provider's code into every state, where no upgrade could mend it. The
 * text here is a constant instead: it loads the installed package, whatever its version, and never differs.
 */
export abstract class ManagedResource extends pulumi.CustomResource {
  protected constructor(
    kind: Kind,
    name: string,
    args: object | undefined,
    options: pulumi.CustomResourceOptions = {},
  ) {
    const outputs = Object.fromEntries(kind.outputs.map((output) => [output, undefined]));
    const inputs = {
      ...outputs,
      ...args,
      __provider: `exports.handler=()=>require("pulumi-nginx-nsx/provider").${kind.name}`,
    };
    // A lookup of what exists (`options.id`) owns nothing.
    const owned = options.id === undefined ? { owner: ownerOf(kind.type, name, options) } : {};
    // Pulumi takes a stack trace for every promise, several for each property, which costs a third of a preview.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      super(kind.type, name, { ...inputs, ...owned }, options);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }
}

/**
 * The organization and the URN, which a resource cannot read from itself while it is constructed. Passed as a promise:
 * as an output it would depend on the parent component, and two siblings would wait for each other for ever.
 */
function ownerOf(type: string, name: string, { parent }: pulumi.CustomResourceOptions): Promise<string> {
  const urn = pulumi.createUrn(name, type, parent);
  return new Promise((resolve) => {
    urn.apply((text) => resolve(`${pulumi.getOrganization()}/${text}`));
  });
}
