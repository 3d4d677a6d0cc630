import type { asset } from "@pulumi/pulumi";
import type { Remembered } from "../provider/core/rememberedTypes.ts";
import type { NginxConfigInputs, NginxConfigOutputs } from "../provider/nim/nginxConfigTypes.ts";
import { type Args, resourceClass } from "./resource.ts";

/** What a file of an {@link NginxConfig} holds, or the files of a folder. */
export type NginxFile =
  | string
  | { base64: string }
  | asset.FileAsset
  | asset.StringAsset
  | asset.RemoteAsset
  | asset.FileArchive
  | asset.AssetArchive;

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
  Omit<NginxConfigOutputs, keyof Remembered | "unreadableFiles" | "undeclaredFiles" | "memberVersions">
>({
  type: "nim:NginxConfig",
  args: ["instance", "instanceGroup", "files", "auxFiles", "externalId", "onDelete", "adopt"],
  outputs: ["deploymentUid", "versionHash", "instances", "updateTime"],
}) {}
