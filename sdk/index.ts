export { NsxSegment, type NsxSegmentArgs } from "./nsxSegment.ts";
export type { Args, Outputs } from "./resource.ts";
