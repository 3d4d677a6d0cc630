// The same stack twice: of segments, and of the simplest dynamic resources that Pulumi's own guide shows (the floor).

import { Workspace } from "../tools/pulumi.ts";
import type { Manager } from "./simulator.ts";

const data = `
const count = Number(process.env.BENCH_COUNT);
const edited = Number(process.env.BENCH_EDITED);
const argsOf = (n) => ({
  segmentId: "s" + n,
  displayName: "segment " + n,
  description: n < edited ? "edited" : "made by the benchmark",
  connectivityPath: "/infra/tier-1s/t1-web",
  subnets: [{ gatewayAddress: "10." + (n >> 8) + "." + (n & 255) + ".1/24" }],
  tags: [{ scope: "env", tag: "prod" }, { scope: "app", tag: "shop" }],
});
`;

export const ours = `
import { NsxSegment } from "pulumi-nginx-nsx";
${data}
for (let n = 0; n < count; n++) new NsxSegment("s" + n, argsOf(n));
`;

export const trivialClass = `
import * as pulumi from "@pulumi/pulumi";
const provider = {
  async create(inputs) { return { id: "trivial", outs: inputs }; },
  async read(id, props) { return { id, props }; },
  async update(id, olds, news) { return { outs: news }; },
  async delete() {},
};
class Trivial extends pulumi.dynamic.Resource {
  constructor(name, args) { super(provider, name, args); }
}
`;

export const floor = `
${trivialClass}
${data}
for (let n = 0; n < count; n++) new Trivial("s" + n, argsOf(n));
`;

export function benchStack(
  program: string,
  { url, username, password }: Manager,
  count: number,
  env = {},
  backendQuery = "",
) {
  return Workspace.create({
    program,
    backendQuery,
    config: { "nsx:endpoint": url },
    env: {
      NSX_USERNAME: username,
      NSX_PASSWORD: password,
      BENCH_COUNT: String(count),
      BENCH_EDITED: "0",
      PULUMI_SKIP_CHECKPOINTS: "true",
      ...env,
    },
  });
}
