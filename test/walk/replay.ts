// node test/walk/replay.ts NsxSegment 17        one episode, with its trace
// node test/walk/replay.ts NsxSegment 1 5000    so many steps, and what was found
import { subjects } from "./subjects.ts";
import { describeReport, walk, walkOnce } from "./walk.ts";

const [name, seed = "1", steps] = process.argv.slice(2);
const subject = subjects.find((candidate) => candidate.name === name);
if (!subject) throw new Error(`one of ${subjects.map((candidate) => candidate.name).join(", ")}`);
if (steps === undefined) {
  const { failure, taken } = await walkOnce(subject, Number(seed));
  console.log(
    failure ? [...failure.trace, `${failure.kind}: ${failure.detail}`].join("\n") : `${taken} steps, nothing found`,
  );
} else {
  console.log(describeReport(subject.name, await walk(subject, { seed: Number(seed), steps: Number(steps) })));
}
