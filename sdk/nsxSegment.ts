import type * as pulumi from "@pulumi/pulumi";
import type { NsxSegmentOutputs } from "../provider/nsx/segment.ts";
import type { NsxSegmentInputs } from "../provider/nsx/segmentInputs.ts";
import { type Args, ManagedResource, type Outputs } from "./resource.ts";

/** Arguments of {@link NsxSegment}. */
export interface NsxSegmentArgs extends Args<NsxSegmentInputs> {}

const outputs = [
  "segmentId",
  "path",
  "revision",
  "uniqueId",
  "type",
  "realization",
  "lastModifiedUser",
  "lastModifiedTime",
] as const;

type Declared = Pick<NsxSegmentInputs & NsxSegmentOutputs, (typeof outputs)[number]>;

export interface NsxSegment extends Outputs<Omit<NsxSegmentInputs, keyof Declared>>, Outputs<Required<Declared>> {}

/**
 * A layer 2 network in VMware NSX, managed through the Policy API.
 *
 * Only the arguments that are given are managed; what others set in the rest stays. A change that somebody made to a
 * managed field stops the update with an explanation, and shows in `pulumi refresh --preview-only --diff`.
 *
 * @example
 * const web = new NsxSegment("web", {
 *   transportZonePath: "/infra/sites/default/enforcement-points/default/transport-zones/overlay-tz",
 *   connectivityPath: "/infra/tier-1s/web",
 *   subnets: [{ gatewayAddress: "10.1.0.1/24", dhcpRanges: ["10.1.0.100-10.1.0.200"] }],
 *   tags: [{ scope: "env", tag: "prod" }],
 * });
 * export const path = web.path;
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface gives the outputs their types and documentation
export class NsxSegment extends ManagedResource {
  /** The type's token, by which policies recognise the resource. */
  static readonly __pulumiType = "pulumi-nodejs:dynamic/nsx:NsxSegment";

  /**
   * @param name - the resource's name in the stack
   * @param args - the segment's fields
   * @param options - Pulumi's resource options; `import` is not available to dynamic resources, `adopt: true` takes its place
   */
  constructor(name: string, args: NsxSegmentArgs, options?: pulumi.CustomResourceOptions) {
    super({ name: "NsxSegment", type: NsxSegment.__pulumiType, outputs }, name, args, options);
  }

  /** A segment that exists and is not managed by this stack. @param id - its policy path, such as `/infra/segments/web` */
  static get(name: string, id: pulumi.Input<pulumi.ID>, options?: pulumi.CustomResourceOptions): NsxSegment {
    return new NsxSegment(name, {}, { ...options, id });
  }

  /** Whether a value is an NsxSegment, also one made by another copy of this package. */
  static override isInstance(value: unknown): value is NsxSegment {
    return (value as { __pulumiType?: unknown } | undefined)?.__pulumiType === NsxSegment.__pulumiType;
  }
}
