import { fileURLToPath } from "node:url";
import { startNimSimulator } from "../../simulators/nim/index.ts";
import { startNsxSimulator } from "../../simulators/nsx/index.ts";
import { Workspace } from "../../test/tools/pulumi.ts";
import { type Narration, Untrue } from "./narration.ts";
import { playScenes } from "./scenes.ts";
import { type Colleague, lookAt, type Simulators } from "./systems.ts";

const checkout = fileURLToPath(new URL("../..", import.meta.url));

export interface Options {
  narration: Narration;
  /** Whether Pulumi's output is in colours. */
  colors: boolean;
  /** Ends the demonstration early; what it made is cleaned up all the same. */
  signal: AbortSignal;
  /** Who changes things behind Pulumi's back. A test lets somebody idle come, to see that the checks notice. */
  colleagueOn?: (simulators: Simulators) => Colleague;
  /** `false`: as on a machine that has no nginx and no way to get one. */
  nginx?: boolean;
}

const busyColleague = ({ nsx, nim }: Simulators): Colleague => ({ nsx: nsx.control, nim: nim.control });

/**
 * Plays the whole demonstration and answers whether everything in it was true. Simulator, stack, backend and Pulumi's
 * home are its own: nothing of the user's is read or changed.
 */
export async function demonstrate(options: Options): Promise<boolean> {
  const { narration, colors, signal, colleagueOn = busyColleague, nginx = true } = options;
  const started = Date.now();
  narration.title("A site as code, from the network to the page: the real Pulumi on simulated systems");
  const [nsx, nim] = await Promise.all([startNsxSimulator(), startNimSimulator({ nginx })]);
  try {
    const systems = lookAt({ nsx, nim });
    narration.say(introduction({ nsx, nim }, systems.isServing(), process.env));
    await using workspace = await Workspace.create({
      folder: checkout,
      only: ["Pulumi.yaml", "examples"],
      stack: "demo",
      // In the stack's own file, where nothing comes before it.
      config: { "nsx:endpoint": nsx.url, "nim:endpoint": nim.url },
      env: {
        NSX_USERNAME: nsx.username,
        NSX_PASSWORD: nsx.password,
        NIM_USERNAME: nim.username,
        NIM_PASSWORD: nim.password,
        // The compiler would check the types of an unchanged program again and again, two seconds each time.
        PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      },
    });
    const stage = { narration, systems, workspace, colleague: colleagueOn({ nsx, nim }), colors, signal };
    await unlessAborted(signal, playScenes(stage));
    narration.end(`All ${narration.checks} checks held. That took ${Math.round((Date.now() - started) / 1000)} s.`);
    narration.say(whatNext);
    return true;
  } catch (error) {
    if (!(error instanceof Untrue)) throw error;
    narration.fail(error.message);
    return false;
  } finally {
    await Promise.all([nsx.close(), nim.close()]);
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

function introduction({ nsx, nim }: Simulators, isServing: boolean, environment: NodeJS.ProcessEnv): string {
  const text = `NSX (${nsx.url}) and NGINX Instance Manager, NIM (${nim.url}),
are simulators that were just started for this. ${isServing ? realNginx(nim.nginx) : noNginx}
Pulumi's stack and state are in a temporary folder. Nothing of yours is touched.`;
  const names = Object.keys(environment).filter((name) => /^(NSX|NIM)_/.test(name) && environment[name]);
  if (names.length === 0) return text;
  const are = names.length === 1 ? "is" : "are";
  return `${text}
${names.join(", ")} ${are} set in your environment,
and not used here: your own systems see no request.`;
}

const realNginx = (version = "") => `Behind NIM is a real nginx (${version}).`;

const noNginx = `There is no nginx here and no way to get one:
no page is served, and of a config only braces and semicolons are checked.`;

const whatNext = `Next
  examples/                        a folder for each case; copy one, its README goes from nothing to a
                                   first object on your own NSX and NIM, and back out again
  npx pulumi-nginx-nsx simulate    the simulators by themselves, to try your own stack against`;
