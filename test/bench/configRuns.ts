// A large config through the real engine, beside a trivial dynamic resource with the same arguments: what Pulumi itself
// takes to carry three megabytes.

import { startNimSimulator } from "../../simulators/nim/index.ts";
import { Workspace } from "../tools/pulumi.ts";
import { type Command, compare, type EngineRow, minutes } from "./engineRuns.ts";
import { trivialClass } from "./programs.ts";
import { summarise } from "./simulator.ts";

const kinds = [
  ["publish", /^POST .*\/config$/],
  ["read", /^GET .*\/config$/],
  ["deployment", /\/deployments\//],
] as const;

const edited = { ...minutes, env: { BENCH_EDITED: "edited" } };

const commands: [string, Command][] = [
  ["up", (stack, args) => stack.up(args, minutes)],
  ["preview", (stack, args) => stack.preview(args, minutes)],
  ["refresh --preview-only", (stack, args) => stack.run(["refresh", "--preview-only", ...args], minutes)],
  ["preview --diff, one line edited", (stack, args) => stack.preview(["--diff", ...args], edited)],
  ["up, one line edited", (stack, args) => stack.up(args, edited)],
  ["destroy", (stack, args) => stack.destroy(args, minutes)],
];

const data = (instance: object | undefined) => `
const text = (bytes, name) => ("# " + name + " ".repeat(61) + "\\n").repeat(Math.ceil(bytes / 64)).slice(0, bytes - 1) + "\\n";
const files = { "/etc/nginx/nginx.conf": "events {}\\nhttp { include /etc/nginx/conf.d/*.conf; }\\n" };
for (let n = 0; n < 200; n++) files["/etc/nginx/conf.d/" + n + ".conf"] = text(5_000, n);
files["/etc/nginx/conf.d/large.conf"] = "# " + process.env.BENCH_EDITED + "\\n" + text(2_000_000, "large");
const args = { instance: ${JSON.stringify(instance)}, files, adopt: true };
`;

export async function configRuns(): Promise<EngineRow[]> {
  const nim = await startNimSimulator({ nginx: false });
  const [instance] = nim.instances.map(({ systemUid, instanceUid }) => ({ systemUid, instanceUid }));
  const env = {
    NIM_USERNAME: nim.username,
    NIM_PASSWORD: nim.password,
    BENCH_EDITED: "",
    PULUMI_SKIP_CHECKPOINTS: "true",
  };
  const start = (program: string) => Workspace.create({ program, config: { "nim:endpoint": nim.url }, env });
  try {
    await using own = await start(
      `import { NginxConfig } from "pulumi-nginx-nsx";${data(instance)}new NginxConfig("www", args);`,
    );
    await using floor = await start(`${trivialClass}${data(instance)}new Trivial("www", args);`);
    return await compare(own, floor, commands, [], async () => {
      const requests = nim.control.requests.all();
      const traffic = summarise(requests, kinds);
      nim.control.requests.reset();
      return traffic;
    });
  } finally {
    await nim.close();
  }
}
