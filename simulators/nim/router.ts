import { NimError } from "./errors.ts";
import type { NimHandler, Routes } from "./types.ts";

export interface Found {
  handler: NimHandler;
  params: Record<string, string>;
}

/** Finds the handler for a method and a path below the base path; fixed segments win over parameters. */
export function createRouter(routes: Routes): (method: string, path: string) => Found {
  const entries = Object.entries(routes).map(([key, handler]) => {
    const [method = "", pattern = ""] = key.split(" ");
    const segments = pattern.split("/").slice(1);
    return { method, segments, handler, fixed: segments.filter((segment) => !segment.startsWith("{")).length };
  });
  entries.sort((a, b) => b.fixed - a.fixed);

  return (method, path) => {
    const given = path.split("/").slice(1);
    const fitting = entries.filter(({ segments }) => fits(segments, given));
    const found = fitting.find((entry) => entry.method === method);
    if (!found && fitting.length > 0) throw new NimError(405, "method not allowed");
    if (!found) throw new NimError(404, "no matching operation was found");
    const names = found.segments.map((segment, i) => [segment.slice(1, -1), decodeSegment(given[i] ?? "")]);
    return { handler: found.handler, params: Object.fromEntries(names) };
  };
}

function fits(segments: string[], given: string[]): boolean {
  return (
    segments.length === given.length &&
    segments.every((segment, i) => (segment.startsWith("{") ? given[i] !== "" : segment === given[i]))
  );
}

/** @throws as NIM does for one that is not encoded properly */
export function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new NimError(400, "the path is not encoded properly");
  }
}
