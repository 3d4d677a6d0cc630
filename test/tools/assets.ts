// Pulumi's assets and archives as its engine hands them to a provider (measured with CLI 3.259): with a hash of the bytes.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const mark = "4dabf18193072939515e22adb298388d";
const asset = { [mark]: "c44067f5952c0a294b673a41bacd8c17" };
const archive = { [mark]: "0def7320c3a5731c473e5ecbe6d01bc7", hash: "0".repeat(64) };

export const sha256 = (bytes: Buffer | string) => createHash("sha256").update(bytes).digest("hex");

export const fileAsset = (path: string) => ({ ...asset, hash: sha256(readFileSync(path)), path });
export const stringAsset = (text: string) => ({ ...asset, hash: sha256(text), ...(text && { text }) });
export const remoteAsset = (uri: string, bytes: Buffer | string) => ({ ...asset, hash: sha256(bytes), uri });

export const fileArchive = (path: string) => ({ ...archive, path });
export const assetArchive = (assets: object) => ({ ...archive, assets });
export const remoteArchive = (uri: string) => ({ ...archive, uri });
