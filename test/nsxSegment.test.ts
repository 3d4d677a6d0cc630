import { describeLifecycle } from "./lifecycleSuite.ts";
import { startSegmentBench } from "./nsxSegment.bench.ts";

describeLifecycle({ type: "NsxSegment", start: startSegmentBench });
