import { fuzz, type Report } from "./fuzz.ts";
import { crowdedProvider } from "./realProvider.ts";
import { segment } from "./segmentSubject.ts";

const subject = { ...segment("put"), name: "NsxSegment in a list" };

/** As `fuzz`, for the answer to the list in which NSX's segments are looked up where there are many of them: the second request, after the login. */
export const fuzzList = (options: { seed: number; count: number; only?: string }): Promise<Report> =>
  fuzz([subject], crowdedProvider, { ...options, operations: ["refresh"], request: 2 });
