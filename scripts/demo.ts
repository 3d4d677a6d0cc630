// `npm start`: the main job, from the first segment to drift found and repaired, on a simulator and the real engine.
// Ends with 0 only if everything that it said was true.
import { styleText } from "node:util";
import { demonstrate } from "./demo/demonstrate.ts";
import { narrate } from "./demo/narration.ts";

const interrupted = new AbortController();
for (const [signal, number] of [
  ["SIGINT", 2],
  ["SIGTERM", 15],
  ["SIGHUP", 1],
] as const) {
  process.on(signal, () => {
    process.exitCode = 128 + number;
    interrupted.abort();
  });
}
// Somebody who reads only the beginning (`npm start | head`) has seen enough.
process.stdout.on("error", () => {
  process.exitCode = 1;
  interrupted.abort();
});

// A terminal has colours, unless NO_COLOR says otherwise; a file has none.
const colors = styleText("bold", "text", { stream: process.stdout }) !== "text";
// Some terminals do not know their width, and say 0.
const narration = narrate((text) => process.stdout.write(text), colors, process.stdout.columns || undefined);
try {
  if (!(await demonstrate({ narration, colors, signal: interrupted.signal }))) process.exitCode = 1;
} catch (error) {
  if (!interrupted.signal.aborted) throw error;
  narration.say("Interrupted. Everything that was started for this is gone again.");
}
