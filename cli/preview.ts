import { z } from "zod";
import type { Say } from "../provider/travel/finding.ts";
import { lastLine, ofStack, runPulumi } from "./stackConfig.ts";

const output = z.looseObject({
  diagnostics: z
    .array(z.looseObject({ message: z.string(), severity: z.string(), urn: z.string().optional() }))
    .default([]),
});

/** Whether the program fails before anything is sent: Pulumi's own preview runs it, and checks every argument. */
export async function checkProgram(say: Say, folder: string, stack: string | undefined): Promise<void> {
  const { code, stdout, stderr } = await runPulumi(folder, ["preview", "--json", ...ofStack(stack)]);
  if (code === 0) {
    say.ok("preview", '"pulumi preview" of this program does not fail.');
    return;
  }
  const errors = diagnosticsIn(stdout).filter(({ severity }) => severity === "error");
  const next = 'See "pulumi preview".';
  for (const { urn, message } of errors) {
    say.error("preview", urn === undefined ? message : `${urn.split("::").slice(2).join(" ")}: ${message}`, next);
  }
  if (errors.length === 0) say.error("preview", `"pulumi preview" fails: ${lastLine(stderr) || code}`, next);
}

function diagnosticsIn(text: string): z.output<typeof output>["diagnostics"] {
  try {
    return output.parse(JSON.parse(text)).diagnostics;
  } catch {
    return [];
  }
}
