// Whether TypeScript in a document compiles against this checkout.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { type Block, placeOf, root } from "./blocks.ts";

/**
 * What stands before a block that imports nothing: the reader has seen the imports, and the names are his own program's.
 */
const prelude = `
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { Certificate, NginxConfig, NsxSegment, Provider, Role, readPkcs12 } from "pulumi-nginx-nsx";
declare const config: pulumi.Config;
declare class Site extends pulumi.ComponentResource {
  constructor(name: string, options?: pulumi.ComponentResourceOptions);
}
`;

/** What the compiler says of the blocks, each with its place. */
export function mistakesIn(blocks: readonly Block[]): string[] {
  const texts = new Map<string, { text: string; shift: number; block: Block }>();
  for (const block of blocks) {
    const isWhole = /^import /m.test(block.text);
    const before = isWhole ? "" : prelude;
    // Beside the document, so that its own relative imports mean what they say.
    const file = join(root, dirname(block.document), `block.${texts.size}.ts`);
    texts.set(file, { text: `${before}${block.text}export {};\n`, shift: before.split("\n").length - 1, block });
  }
  const read = ts.readConfigFile(join(root, "tsconfig.json"), (path) => readFileSync(path, "utf8"));
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, root);
  Object.assign(options, {
    noUnusedLocals: false,
    declaration: false,
    paths: { "pulumi-nginx-nsx": [join(root, "sdk/index.ts")] },
  });
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path)?.text ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) => {
    const text = texts.get(path)?.text;
    return text === undefined ? getSourceFile(path, version, ...rest) : ts.createSourceFile(path, text, version, true);
  };
  const compiled = ts.createProgram([...texts.keys()], options, host);
  return ts.getPreEmitDiagnostics(compiled).map(({ file, start = 0, messageText }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, "\n");
    const found = file && texts.get(file.fileName);
    if (!file || !found) return `${file?.fileName ?? "TypeScript"}: ${message}`;
    const line = file.getLineAndCharacterOfPosition(start).line - found.shift;
    return `${placeOf({ ...found.block, line: found.block.line + line })}: ${message}`;
  });
}
