// nice node test/border/main.ts [--count 20000] [--seed 1] [--only text]: the long form by itself.
import { parseArgs } from "node:util";
import { describeReport, fuzz } from "./fuzz.ts";
import { fuzzList } from "./listFuzz.ts";
import { realProvider } from "./realProvider.ts";
import { fuzzSockets } from "./socketFuzz.ts";
import { subjects } from "./subjects.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    sockets: { type: "string", default: "0" },
    only: { type: "string", default: "" },
    examples: { type: "string", default: "3" },
  },
});
const seed = Number(values.seed);
const report = await fuzz(subjects, realProvider, { count: Number(values.count), seed, only: values.only });
console.log(describeReport(report, Number(values.examples)));
const list = await fuzzList({ count: Math.ceil(Number(values.count) / 20), seed, only: values.only });
console.log(describeReport(list, Number(values.examples)));
const sockets = Number(values.sockets);
const onSockets = await fuzzSockets(subjects, {
  count: sockets,
  large: Math.round(sockets / 10),
  seed,
  only: values.only,
});
console.log(describeReport(onSockets, Number(values.examples)));
process.exit(report.failed + list.failed + onSockets.failed === 0 ? 0 : 1);
