import { z } from "zod";
import { refuseControl } from "./guard.ts";
import { parseExactly } from "./rawNumber.ts";
import { json, type SimRequest, type SimResponse } from "./types.ts";

/** One thing that a test can ask of a simulator: in process by calling it, from elsewhere as `POST /_control/<name>`. */
export interface Operation {
  help: string;
  arguments: z.ZodType;
  run(args: never): unknown;
}

export type Operations = Record<string, Operation>;

/** Ties the type of `run`'s arguments to their schema. */
export function operation<S extends z.ZodType>(
  help: string,
  schema: S,
  run: (args: z.output<S>) => unknown,
): Operation {
  return { help, arguments: schema, run };
}

/** Answers `/_control/<operation>`: arguments as a JSON object in the body of a POST, or as the query of a GET. */
export async function handleControl(operations: Operations, token: string, request: SimRequest): Promise<SimResponse> {
  const refused = refuseControl(request, token);
  if (refused) return refused;
  const url = new URL(request.path, "http://simulator");
  const name = url.pathname.slice("/_control/".length);
  if (name === "") return json(200, describeOperations(operations));
  const found = operations[name];
  if (!found) return json(404, { error: `no operation "${name}"; GET /_control/ lists them` });
  try {
    const raw = request.body === "" ? Object.fromEntries(url.searchParams) : parseExactly(request.body);
    const result = await found.run(found.arguments.parse(raw) as never);
    return json(200, result ?? {});
  } catch (error) {
    const message = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    return json(400, { error: message });
  }
}

/** Name, arguments and meaning of every operation, for `GET /_control/` and for `--help`. */
export function describeOperations(operations: Operations): Record<string, { help: string; arguments: string[] }> {
  const described = Object.entries(operations).map(([name, { help, arguments: schema }]) => {
    const names = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
    return [name, { help, arguments: names }];
  });
  return Object.fromEntries(described);
}
