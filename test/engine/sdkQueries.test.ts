// Queries where there is no Pulumi: in a Node process of its own, with settings from the environment alone.
import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { getFeatures, getSegments, getSegmentsOutput } from "../../sdk/index.ts";
import { type NsxSimulator, startNsxSimulator } from "../../simulators/nsx/index.ts";

const sdk = new URL("../../sdk/index.ts", import.meta.url).href;

/** Tells on standard error which files of this package a process loads. */
const watching = `
  import { registerHooks } from "node:module";
  registerHooks({
    load(url, context, next) {
      if (/\\/(sdk|provider)\\/[^?]*\\.ts$/.test(url) && !url.includes("node_modules")) console.error("loads " + url);
      return next(url, context);
    },
  });
`;

interface Ended {
  readonly code: number | null;
  readonly output: string;
  /** Files of the package, such as `sdk/index.ts`. */
  readonly loaded: readonly string[];
}

function run(program: string, env: Record<string, string> = {}): Promise<Ended> {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(?:NSX|NIM|PULUMI|VITEST|NODE)_/.test(key));
  const hook = `data:text/javascript,${encodeURIComponent(watching)}`;
  const child = spawn(process.execPath, ["--import", hook, "--input-type=module", "--eval", program], {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((resolve, reject) => {
    let [output, errors] = ["", ""];
    child.stdout.on("data", (data) => {
      output += data;
    });
    child.stderr.on("data", (data) => {
      errors += data;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      const loaded = [...errors.matchAll(/^loads .*\/((?:sdk|provider)\/.*)$/gm)].map(([, file = ""]) => file);
      resolve({ code, output: output + errors.replace(/^loads .*\n/gm, ""), loaded });
    });
  });
}

describe("outside of Pulumi", () => {
  let nsx: NsxSimulator;
  let env: Record<string, string>;
  beforeAll(async () => {
    nsx = await startNsxSimulator();
    env = { NSX_ENDPOINT: nsx.url, NSX_USERNAME: nsx.username, NSX_PASSWORD: nsx.password };
  });
  afterAll(() => nsx?.close());

  const requests = () => nsx.control.requests.all().map(({ method, path }) => `${method} ${path.split("?")[0]}`);

  test("a query has its settings from the environment, and the process ends by itself, logged out", async () => {
    nsx.control.requests.reset();
    const { code, output } = await run(
      `import { getTier1Gateway } from ${JSON.stringify(sdk)};
       console.log((await getTier1Gateway({ displayName: "t1-web" })).path);`,
      env,
    );
    expect(output).toBe("/infra/tier-1s/t1-web\n");
    expect(code).toBe(0);
    expect(requests()).toEqual([
      "POST /api/session/create",
      "GET /policy/api/v1/infra/tier-1s",
      "POST /api/session/destroy",
    ]);
  });

  test("without an argument all are asked for, and of a query for one it is said what is missing", async () => {
    const { output } = await run(
      `import * as pulumi from "@pulumi/pulumi";
       import * as queries from ${JSON.stringify(sdk)};
       const { getSegmentState, getTier1Gateway, getTier1Gateways, getTier1GatewaysOutput } = queries;
       console.log((await getTier1Gateways()).length, (await getTier1Gateways(null)).length);
       await new Promise((done) => getTier1GatewaysOutput().apply((all) => done(console.log(all.length))));
       for (const ask of [() => getTier1Gateway(), () => getTier1Gateway("t1"), () => getSegmentState(), () => getTier1Gateway(pulumi.output({}))])
         await ask().catch((error) => console.log(error.message));`,
      env,
    );
    expect(output.trim().split("\n")).toEqual([
      "1 1",
      "1",
      "getTier1Gateway: say which tier-1 gateway: by displayName, id, path, tag.",
      "getTier1Gateway: its argument is a string, and must be an object with displayName, id, path, tag, projectPath.",
      "getSegmentState: path: is missing.",
      "getTier1Gateway: its argument is an output here. Use getTier1GatewayOutput, which takes outputs.",
    ]);
    // The compiler takes it, too.
    const typed = () => [getSegments(), getSegmentsOutput(), getFeatures()];
    expect(typed).toBeTypeOf("function");
  });

  test("what goes wrong is an error that the program can catch", async () => {
    const { output } = await run(
      `import { getTier1Gateway } from ${JSON.stringify(sdk)};
       await getTier1Gateway({ displayName: "t1-wbe" }).catch((error) => console.log(error.message));`,
      env,
    );
    expect(output).toContain(
      'getTier1Gateway: no tier-1 gateway in /infra/tier-1s has displayName "t1-wbe". There is:',
    );
  });

  test("without an endpoint the error names the variable", async () => {
    const { code, output } = await run(
      `import { getTier1Gateway } from ${JSON.stringify(sdk)};
       await getTier1Gateway({ displayName: "t1-web" });`,
    );
    expect(code).not.toBe(0);
    expect(output).toContain("NSX_ENDPOINT");
  });

  test("an error that Pulumi has written an argument's name before is the same as before when it is met again", async () => {
    const { output } = await run(
      `import { getTier1Gateway } from ${JSON.stringify(sdk)};
       const caught = () => getTier1Gateway({ displayName: "gone" }).catch((error) => error);
       const first = await caught();
       first.message = 'error serializing property "connectivityPath": ' + first.message;
       const second = await caught();
       console.log(first === second, second.message.split("\\n")[0]);`,
      env,
    );
    expect(output).toBe(
      'true getTier1Gateway: no tier-1 gateway in /infra/tier-1s has displayName "gone". There is:\n',
    );
  });
});

describe("what a program loads", () => {
  test("without a query: nothing of the provider", async () => {
    const { code, loaded } = await run(
      `import * as all from ${JSON.stringify(sdk)}; if (!all.getSegment || !all.NsxSegment) process.exit(1);`,
    );
    expect(code).toBe(0);
    expect(loaded).toContain("sdk/nsxQueries.ts");
    expect(loaded.filter((file) => file.startsWith("provider/"))).toEqual([]);
  });

  test("with one: the queries, and nothing of the resources", async () => {
    const { loaded } = await run(
      `import { getSegment } from ${JSON.stringify(sdk)}; await getSegment({ id: "x" }).catch(() => {});`,
    );
    expect(loaded).toContain("provider/pulumi/queries.ts");
    expect(loaded).not.toContain("provider/pulumi/dynamic.ts");
    expect(loaded).not.toContain("provider/resources.ts");
  });
});
