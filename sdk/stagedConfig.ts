import type * as pulumi from "@pulumi/pulumi";
import type { Remembered } from "../provider/core/rememberedTypes.ts";
import type { StagedConfigInputs, StagedConfigOutputs } from "../provider/nim/stagedConfigTypes.ts";
import type { NginxFile } from "./nginxConfig.ts";
import { type Args, lookUp, resourceClass } from "./resource.ts";

/** Arguments of {@link StagedConfig}. */
export interface StagedConfigArgs extends Args<StagedConfigInputs<NginxFile>> {}

/**
 * A configuration that NGINX Instance Manager keeps for later ("staged config"): it is served by nobody until it is published.
 *
 * @example
 * const staged = new StagedConfig("shop", {
 *   files: { "/etc/nginx/nginx.conf": readFileSync("nginx.conf", "utf8") },
 *   auxFiles: { "/etc/nginx/html": new pulumi.asset.FileArchive("./site") },
 * });
 * new NginxConfig("shop", { instanceGroup: groupUid, stagedConfig: staged.ref });
 */
export class StagedConfig extends resourceClass<
  StagedConfigInputs<NginxFile>,
  Omit<StagedConfigOutputs, keyof Remembered> & { name: string }
>({
  type: "nim:StagedConfig",
  args: ["name", "files", "auxFiles", "externalId", "adopt"],
  outputs: ["name", "uid", "ref", "createTime", "updateTime"],
}) {
  /**
   * A staged config that NIM has and that this stack only looks at: nothing is written, and `destroy` leaves it. Each preview
   * and each `up` reads it anew, and fails where there is none. Files are text, or `{ base64 }` where one is none; `adopt` is
   * `undefined`.
   *
   * @param name - the resource's name in the stack
   * @param id - the staged config's uid
   * @param options - such as `{ provider }`, for an object of a second NIM
   *
   * @example
   * const approved = StagedConfig.get("approved", "8f3c1d52-4a7e-4a43-9d0a-0f9b0f0a6c11");
   * export const main = approved.files.apply((files) => files["/etc/nginx/nginx.conf"]);
   */
  static get(name: string, id: pulumi.Input<pulumi.ID>, options?: pulumi.CustomResourceOptions): StagedConfig {
    return lookUp(StagedConfig, name, id, options);
  }
}
