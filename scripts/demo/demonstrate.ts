import { fileURLToPath } from "node:url";
import { Workspace } from "../../test/pulumi.ts";
import { type NsxSimulator, startNsxSimulator } from "../../test/simulators/nsx/index.ts";
import { type Narration, Untrue } from "./narration.ts";
import { type Colleague, playScenes } from "./scenes.ts";

const checkout = fileURLToPath(new URL("../..", import.meta.url));

export interface Options {
  narration: Narration;
  /** Whether Pulumi's output is in colours. */
  colors: boolean;
  /** Ends the demonstration early; what it made is cleaned up all the same. */
  signal: AbortSignal;
  /** Who changes things behind Pulumi's back. A test lets somebody idle come, to see that the checks notice. */
  colleagueOn?: (nsx: NsxSimulator) => Colleague;
}

/**
 * Plays the whole demonstration and answers whether everything in it was true. Simulator, stack, backend and Pulumi's
 * home are its own: nothing of the user's is read or changed.
 */
export async function demonstrate(options: Options): Promise<boolean> {
  const { narration, colors, signal, colleagueOn = ({ control }) => control } = options;
  const started = Date.now();
  narration.title("Networks as code, with the real Pulumi and a simulated NSX manager");
  const nsx = await startNsxSimulator();
  try {
    narration.say(introduction(nsx.url, process.env));
    await using workspace = await Workspace.create({
      folder: checkout,
      only: ["Pulumi.yaml", "examples"],
      stack: "demo",
      // In the stack's own file, where nothing comes before it.
      config: { "nsx:endpoint": nsx.url },
      env: {
        NSX_USERNAME: nsx.username,
        NSX_PASSWORD: nsx.password,
        // The compiler would check the types of an unchanged program again and again, two seconds each time.
        PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      },
    });
    const stage = { narration, nsx, workspace, colleague: colleagueOn(nsx), colors, signal };
    await unlessAborted(signal, playScenes(stage));
    narration.end(`All ${narration.checks} checks held. That took ${Math.round((Date.now() - started) / 1000)} s.`);
    narration.say(whatNext);
    return true;
  } catch (error) {
    if (!(error instanceof Untrue)) throw error;
    narration.fail(error.message);
    return false;
  } finally {
    await nsx.close();
  }
}

/** Rejects as soon as the signal comes; the scenes then fail in the background, when their Pulumi is killed. */
function unlessAborted(signal: AbortSignal, scenes: Promise<void>): Promise<void> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  return Promise.race([scenes, aborted]);
}

function introduction(url: string, environment: NodeJS.ProcessEnv): string {
  const text = `The manager, on ${url}, is a simulator that was just started for this.
Pulumi's stack and state are in a temporary folder. Nothing of yours is touched.`;
  const names = Object.keys(environment).filter((name) => /^NSX_/.test(name) && environment[name]);
  if (names.length === 0) return text;
  const are = names.length === 1 ? "is" : "are";
  return `${text}
${names.join(", ")} ${are} set in your environment,
and not used here: your own NSX sees no request.`;
}

const whatNext = `Next
  examples/nsx-segment             copy this folder; its README goes from nothing to a first
                                   segment on your own NSX, and back out again
  npx pulumi-nginx-nsx simulate    the simulator by itself, to try your own stack against`;
