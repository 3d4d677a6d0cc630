import type * as pulumi from "@pulumi/pulumi";
import type { Remembered } from "../provider/core/rememberedTypes.ts";
import type { NginxConfigInputs, NginxConfigOutputs } from "../provider/nim/nginxConfigTypes.ts";
import { type Args, lookUp, resourceClass } from "./resource.ts";

/** What a file of an {@link NginxConfig} holds, or the files of a folder. */
export type NginxFile =
  | string
  | { base64: string }
  | pulumi.asset.FileAsset
  | pulumi.asset.StringAsset
  | pulumi.asset.RemoteAsset
  | pulumi.asset.FileArchive
  | pulumi.asset.AssetArchive;

/** Arguments of {@link NginxConfig}. */
export interface NginxConfigArgs extends Args<NginxConfigInputs<NginxFile>> {}

/**
 * The configuration of an NGINX instance, or of an instance group, published by NGINX Instance Manager.
 *
 * A publish is followed to its end. When nginx refuses the configuration, the error has nginx's own words, the one
 * before stays live, and the state is as it was. An edit by somebody else shows in `pulumi refresh --preview-only --diff`
 * line by line, and stops an update before it is overwritten.
 *
 * @example
 * const shop = new NginxConfig("shop", {
 *   instanceGroup: "8f3c1d52-4a7e-4a43-9d0a-0f9b0f0a6c11",
 *   files: {
 *     "/etc/nginx/nginx.conf": readFileSync("nginx.conf", "utf8"),
 *     "/etc/nginx/conf.d/shop.conf": readFileSync("shop.conf", "utf8"),
 *   },
 *   auxFiles: {
 *     "/etc/nginx/html": new pulumi.asset.FileArchive("./site"),
 *     "/etc/nginx/tickets.key": config.requireSecret("tickets").apply((base64) => ({ base64 })),
 *   },
 * });
 */
export class NginxConfig extends resourceClass<
  NginxConfigInputs<NginxFile>,
  Omit<NginxConfigOutputs, keyof Remembered | "unreadableFiles" | "undeclaredFiles" | "memberVersions" | "stagedFiles">
>({
  type: "nim:NginxConfig",
  args: [
    "instance",
    "instanceGroup",
    "files",
    "stagedConfig",
    "auxFiles",
    "externalId",
    "onDelete",
    "analyze",
    "adopt",
  ],
  outputs: ["deploymentUid", "versionHash", "instances", "updateTime"],
  // Its digests would let anybody who reads the state try guesses at a secret in a file.
  hidden: { stagedFiles: "stagedConfig" },
}) {
  /**
   * The configuration of an instance or a group that this stack only looks at: nothing is published, and `destroy` leaves it.
   * Each preview and each `up` reads it anew, and fails where NIM knows no such instance or group, or no config of it.
   *
   * `files` and `auxFiles` are what agents report: text, or `{ base64 }` where a file is none; private keys and what the
   * configuration does not refer to are never among them. A group's are those that were published to it. `instances` is how
   * the last publish was taken. `onDelete` and `adopt` are `undefined`.
   *
   * @param name - the resource's name in the stack
   * @param id - `/systems/<systemUid>/instances/<instanceUid>`, or `/instance-groups/<uid>`, with uids as NIM shows them
   * @param options - such as `{ provider }`, for an object of a second NIM
   *
   * @example
   * const edge = NginxConfig.get("edge", `/instance-groups/${groupUid}`);
   * export const main = edge.files.apply((files) => files["/etc/nginx/nginx.conf"]);
   */
  static get(name: string, id: pulumi.Input<pulumi.ID>, options?: pulumi.CustomResourceOptions): NginxConfig {
    return lookUp(NginxConfig, name, id, options);
  }
}
