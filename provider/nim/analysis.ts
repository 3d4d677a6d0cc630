// NIM's analysis of a config before anybody serves it ("Analyze saved and current configurations for syntactic errors"). What
// it answers is not public: the forms of its siblings are understood, and a NIM without it is none to wait for.
import { dirname, resolve } from "node:path/posix";
import { z } from "zod";
import { hasStatus, messageOf } from "../travel/errors.ts";
import { TimeUp } from "../travel/timeLimit.ts";
import { type Json, type NimContext, understoodAt } from "./client.ts";
import { listed } from "./configConflicts.ts";
import { decoded } from "./content.ts";
import { type InFull, toWire, usualMainFile, type WireFile } from "./publish.ts";
import type { ConfigFinding } from "./queryTypes.ts";

export const analysisPath = "/analysis";

/** Seconds for which a publish that nobody has asked to be analysed waits for it. */
const mostSeconds = 30;

const line = z.number().nullish();
const file = z.string().nullish();
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");

/** As crossplane tells it: all that it finds are errors. */
const errors = z
  .looseObject({ errors: z.array(z.looseObject({ file, line, error: z.string().min(1) })) })
  .transform(({ errors: all }) => all.map(({ error, ...at }) => findingOf("error", error, at)));

/** As the report of NGINX One Console tells it. */
const report = z
  .looseObject({
    items: z.array(
      z
        .looseObject({
          rule: text,
          info: text,
          severity: z.string().default("error"),
          where: z.array(z.looseObject({ file, line, message: text })).default([]),
        })
        .refine(
          ({ info, where }) => info || (where.length > 0 && where.every(({ message }) => message)),
          "says nothing",
        ),
    ),
  })
  .transform(({ items }) =>
    items.flatMap(({ rule, info, severity, where }) => {
      const sort = /^(error|critical|fatal|high)$/i.test(severity) ? "error" : "warning";
      const places = where.length > 0 ? where : [{ message: info }];
      return places.map(({ message, ...at }) => findingOf(sort, message || info, at, rule));
    }),
  );

const findings = z.union([errors, report]);

function findingOf(
  severity: ConfigFinding["severity"],
  words: string,
  { file: path, line: number }: { file?: string | null | undefined; line?: number | null | undefined },
  rule = "",
): ConfigFinding {
  return {
    severity,
    ...(path && { file: path }),
    ...(path && number && { line: number }),
    // Crossplane says the place in its words, too.
    message: words.replace(` in ${path}:${number}`, ""),
    ...(rule && { rule }),
  };
}

/** @throws where it is in none of the forms */
export const findingsIn = (answer: Json): ConfigFinding[] => understoodAt(analysisPath, answer, findings);

/** A config as it is analysed. */
export interface Analysed {
  /** @default where nginx has it by itself */
  readonly mainFile?: string | undefined;
  readonly files: readonly WireFile[];
  readonly auxFiles: readonly WireFile[];
  /** For which instance; else for none in particular. */
  readonly nginxUid?: string | undefined;
}

export function analysisBody({ mainFile = usualMainFile, files, auxFiles, nginxUid }: Analysed): Json {
  return {
    configFiles: { rootDir: dirname(mainFile), files },
    auxFiles: { rootDir: "/", files: auxFiles },
    ...(nginxUid && { nginxUid }),
  };
}

/** Whether NIM has no such operation: by its own word, or by the gateway's 502 for what it does not map. */
export const lacksAnalysis = (error: unknown) => hasStatus(error, 404, 405, 501, 502);

/**
 * With `analyze: "errors"` all errors stop a publish, and so does an analysis that does not answer. Left out, nothing does
 * that the host may take otherwise than NIM, which has neither its modules nor its files.
 *
 * @param mainFile - of the instance, where it is one and NIM says it
 * @throws where something stops the publish; what does not is said
 */
export async function mustPassAnalysis(
  context: NimContext,
  id: string,
  wanted: InFull,
  mainFile: string | undefined,
): Promise<void> {
  const { analyze } = wanted;
  if (analyze === "off" || (analyze === undefined && context.client.lacks.has(analysisPath))) return;
  const [, nginxUid] = /\/instances\/([^/]+)$/.exec(id) ?? [];
  const config = {
    mainFile,
    files: await toWire(context, wanted.files, "files"),
    auxFiles: await toWire(context, wanted.auxFiles ?? {}, "auxFiles"),
    nginxUid,
  };
  const all = analyze === "errors" ? await expectFindings(context, id, config) : await lookForFindings(context, config);
  const isStopping = (each: ConfigFinding) =>
    each.severity === "error" && (analyze === "errors" || isOfSyntaxAlone(each, config));
  const others = all.filter((each) => !isStopping(each));
  if (others.length > 0) {
    const isCalledError = others.some(({ severity }) => severity === "error");
    const meaning = `What it calls an error there may be none on the host: that stops nothing without analyze: "errors".`;
    const lines = listed(others.map((each) => `${each.severity === "error" ? "error: " : ""}${told(each)}`));
    context.warn(
      [`NIM's analysis of the config of ${id} warns:`, ...lines, ...(isCalledError ? [meaning] : [])].join("\n"),
    );
  }
  const mistakes = all.filter(isStopping).map(told);
  if (mistakes.length === 0) return;
  throw new Error(
    ["NIM's analysis finds errors in the config:", ...listed(mistakes), "Nothing was published."].join("\n"),
  );
}

/** @throws where NIM has an analysis and it does not answer */
async function expectFindings(context: NimContext, id: string, config: Analysed): Promise<ConfigFinding[]> {
  try {
    return findingsIn(await context.client.post(analysisPath, analysisBody(config)));
  } catch (error) {
    if (lacksAnalysis(error)) {
      context.warn(`This NIM analyses no configs, so that of ${id} is published without.`);
      return [];
    }
    throw new Error(`The analysis did not answer, and nothing was published. ${messageOf(error)}`, { cause: error });
  }
}

/** None where there is no analysis, or none that helps; and what will be so for the next config as well is not asked again. */
async function lookForFindings({ client }: NimContext, config: Analysed): Promise<ConfigFinding[]> {
  try {
    const found = findings.safeParse(await client.briefly(mostSeconds).add(analysisPath, analysisBody(config)));
    if (found.success) return found.data;
    client.lacks.add(analysisPath);
  } catch (error) {
    const isForAll = lacksAnalysis(error) || hasStatus(error, 401, 403) || error instanceof TimeUp;
    if (isForAll) client.lacks.add(analysisPath);
  }
  return [];
}

/** Braces, quotes and semicolons, which no release of nginx and no module takes otherwise. */
const syntax =
  /^(unexpected ("|end of (file|parameter))|directive ".*" (is not terminated by ";"|has no opening "\{"))/;

/** What has a language of its own in it, such as `content_by_lua_block {`. */
const otherLanguage = /_block\s*\{/;

function isOfSyntaxAlone({ file: path, line: number, message }: ConfigFinding, config: Analysed): boolean {
  if (path === undefined || number === undefined || !syntax.test(message)) return false;
  // What lies on the host besides may go with this very publish.
  const rootDir = dirname(config.mainFile ?? usualMainFile);
  const isOurs = config.files.some(({ name }) => name === resolve(rootDir, path));
  return isOurs && !config.files.some(({ contents }) => otherLanguage.test(decoded(contents).toString("latin1")));
}

function told({ file: path, line: number, message, rule }: ConfigFinding): string {
  const place = path === undefined ? "" : `${path}${number === undefined ? "" : `:${number}`}: `;
  return `${place}${message}${rule === undefined ? "" : ` (${rule})`}`;
}
