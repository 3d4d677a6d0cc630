// NIM's analysis of a config before anybody serves it ("Analyze saved and current configurations for syntactic errors"). What
// it answers is not public: the forms of its siblings are understood, and a NIM without it is none to wait for.
import { z } from "zod";
import { hasStatus, messageOf } from "../travel/errors.ts";
import { type NimContext, understoodAt } from "./client.ts";
import { listed } from "./configConflicts.ts";
import { type InFull, toWire } from "./publish.ts";

const line = z.number().nullish();
const file = z.string().nullish();

/** As crossplane tells it: all that it finds are errors. */
const errors = z.looseObject({
  errors: z.array(z.looseObject({ file, line, error: z.string() })),
});

/** As the report of NGINX One Console tells it. */
const report = z.looseObject({
  items: z.array(
    z.looseObject({
      rule: z.string().default(""),
      info: z.string().default(""),
      severity: z.string().default("error"),
      where: z.array(z.looseObject({ file, line, message: z.string().nullish() })).default([]),
    }),
  ),
});

interface Finding {
  readonly isError: boolean;
  /** With file and line, where they are told. */
  readonly text: string;
}

const textOf = (message: string, at: { file?: string | null | undefined; line?: number | null | undefined }) =>
  at.file ? `${at.file}${at.line ? `:${at.line}` : ""}: ${message}` : message;

function findingsIn(answer: z.output<typeof errors> | z.output<typeof report>): Finding[] {
  if ("errors" in answer) {
    const all = (answer as z.output<typeof errors>).errors;
    return all.map(({ error, ...at }) => ({ isError: true, text: textOf(error, at) }));
  }
  return (answer as z.output<typeof report>).items.flatMap(({ rule, info, severity, where }) => {
    const isError = /^(error|critical|fatal|high)$/i.test(severity);
    const places = where.length > 0 ? where : [{}];
    return places.map(({ message, ...at }: Partial<(typeof where)[number]>) => ({
      isError,
      text: `${textOf(message || info, at)}${rule && ` (${rule})`}`,
    }));
  });
}

/** @throws where the analysis finds errors, or does not answer; what it only warns of is said */
export async function mustPassAnalysis(context: NimContext, id: string, wanted: InFull): Promise<void> {
  const [, nginxUid] = /\/instances\/([^/]+)$/.exec(id) ?? [];
  const body = {
    configFiles: { rootDir: "/etc/nginx", files: await toWire(context, wanted.files, "files") },
    auxFiles: { rootDir: "/", files: await toWire(context, wanted.auxFiles ?? {}, "auxFiles") },
    ...(nginxUid && { nginxUid }),
  };
  let findings: Finding[];
  try {
    const answer = await context.client.post("/analysis", body);
    findings = findingsIn(understoodAt("/analysis", answer, z.union([errors, report])));
  } catch (error) {
    // A NIM that has none: the gateway's 502 for what it does not map, or no such operation.
    if (hasStatus(error, 404, 405, 502)) {
      context.warn(`This NIM analyses no configs, so that of ${id} is published without.`);
      return;
    }
    throw new Error(`The analysis did not answer, and nothing was published. ${messageOf(error)}`, { cause: error });
  }
  const told = (isError: boolean) =>
    listed(findings.filter((each) => each.isError === isError).map(({ text }) => text));
  const [mistakes, warnings] = [told(true), told(false)];
  if (warnings.length > 0) context.warn([`NIM's analysis of the config of ${id} warns:`, ...warnings].join("\n"));
  if (mistakes.length === 0) return;
  throw new Error(["NIM's analysis finds errors in the config:", ...mistakes, "Nothing was published."].join("\n"));
}
