// nice node test/border/main.ts [--count 20000] [--seed 1] [--only text]: the long form by itself.
import { parseArgs } from "node:util";
import { describeReport, fuzz } from "./fuzz.ts";
import { realProvider } from "./realProvider.ts";
import { subjects } from "./subjects.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "" },
    examples: { type: "string", default: "3" },
  },
});
const report = await fuzz(subjects, realProvider, {
  count: Number(values.count),
  seed: Number(values.seed),
  only: values.only,
});
console.log(describeReport(report, Number(values.examples)));
process.exit(report.failed === 0 ? 0 : 1);
