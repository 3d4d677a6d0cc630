// What is the same for all trees of files.
import { createHash } from "node:crypto";

/** Files by absolute path; bytes where a file is no UTF-8. */
export type TreeFiles = Readonly<Record<string, Buffer | string>>;

/** A whole configuration as a program would declare it. Structure and directives are those of a public one, the text is ours. */
export interface Tree {
  /** The main file and what it includes. */
  readonly files: TreeFiles;
  /** Files beside it: pages, icons, certificates, keys, and what nothing refers to. */
  readonly auxFiles: TreeFiles;
  /** Files of a folder, by their path in it, that a program gives as a whole. */
  readonly folder?: { readonly at: string; readonly files: TreeFiles };
  /** What no agent reports (docs/nim.md#the-agent): neither included, below a root, nor a certificate. */
  readonly unreported: readonly string[];
  /** A text and an icon that somebody else changes on the host. */
  readonly text: string;
  readonly icon: string;
  /** A text that the program takes out, though the agent reports it while it is there. */
  readonly removed: string;
  /** What only that one includes: still declared then, and no longer reported. */
  readonly onlyOfRemoved?: readonly string[];
  /** Where the icon is served: host and path. */
  readonly url: readonly [host: string, path: string];
}

const magics = {
  ico: "00000100010010100000",
  png: "89504e470d0a1a0a0000000d49484452",
  jpg: "ffd8ffe000104a46494600",
  woff2: "774f4632000100000000",
  key: "",
};

/** A file of this kind by its first bytes, and the same noise for the same name each time: never UTF-8. */
export function binary(kind: keyof typeof magics, name: string, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, n) =>
    createHash("sha256").update(`${name} ${n}`).digest(),
  );
  const bytes = Buffer.concat([Buffer.from(magics[kind], "hex"), Buffer.from([0xff]), ...blocks]);
  return bytes.subarray(0, length);
}

/** The same directive for several arguments. */
export const each = (directive: string, values: readonly string[]): string =>
  values.map((value) => `${directive} ${value};\n`).join("");

export const mimeTypes = `types {
    text/html                html htm shtml;
    text/css                 css;
    text/plain               txt;
    text/xml                 xml rss;
    text/javascript          js mjs;
    application/json         json map;
    application/manifest+json webmanifest;
    application/wasm         wasm;
    image/svg+xml            svg svgz;
    image/png                png;
    image/jpeg               jpeg jpg;
    image/x-icon             ico;
    font/woff2               woff2;
}
`;
