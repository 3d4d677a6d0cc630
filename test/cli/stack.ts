// What the tests on the real engine share: programs as text, and the runs that every theme needs.
import { expect } from "vitest";
import type { NimSimulator } from "../../simulators/nim/index.ts";
import type { NsxSimulator } from "../../simulators/nsx/index.ts";
import { type RunOptions, Workspace, type WorkspaceOptions } from "../tools/pulumi.ts";

/** `new TYPE("name", {…}, {…});` with literal arguments; options are code, since they may name variables. */
export function resource(type: string, name: string, args: object, options = "{}"): string {
  return `new ${type}(${JSON.stringify(name)}, ${JSON.stringify(args)}, ${options});`;
}

export function segment(name: string, args: object = { segmentId: name }, options?: string): string {
  return resource("NsxSegment", name, args, options);
}

/** A program of these statements; plain JavaScript, because that saves each run a second. */
export function program(...statements: string[]): string {
  return [
    `import * as pulumi from "@pulumi/pulumi";`,
    `import { Certificate, Group, InstanceGroup, NginxConfig, NsxSegment, Provider, Role, StagedConfig, SystemTags, User } from "pulumi-nginx-nsx";`,
    ...statements,
  ].join("\n");
}

/** A stack that reaches the simulator as most do: the endpoint in its configuration, the credentials in the environment. */
export function nsxStack(nsx: NsxSimulator, options: WorkspaceOptions): Promise<Workspace> {
  return Workspace.create({
    ...options,
    config: { "nsx:endpoint": nsx.url, ...options.config },
    env: { NSX_USERNAME: nsx.username, NSX_PASSWORD: nsx.password, ...options.env },
  });
}

export function nimStack(nim: NimSimulator, options: WorkspaceOptions): Promise<Workspace> {
  return Workspace.create({
    ...options,
    config: { "nim:endpoint": nim.url, ...options.config },
    env: { NIM_USERNAME: nim.username, NIM_PASSWORD: nim.password, ...options.env },
  });
}

/** One that reaches both. */
export function bothStack(nsx: NsxSimulator, nim: NimSimulator, options: WorkspaceOptions): Promise<Workspace> {
  return Workspace.create({
    ...options,
    config: { "nsx:endpoint": nsx.url, "nim:endpoint": nim.url, ...options.config },
    env: {
      NSX_USERNAME: nsx.username,
      NSX_PASSWORD: nsx.password,
      NIM_USERNAME: nim.username,
      NIM_PASSWORD: nim.password,
      ...options.env,
    },
  });
}

/** Paths of all segments that there are. */
export function segmentsOf(nsx: NsxSimulator): string[] {
  return nsx.control.objects("/infra/segments").map(({ path }) => String(path));
}

/** The canonical check for drift, as a schedule in CI runs it. */
export async function driftCheck(stack: Workspace, code: 0 | 7): Promise<string> {
  const args = ["refresh", "--preview-only", "--expect-no-changes", "--diff"];
  return (await stack.run(args, { expect: code })).stdout;
}

/** A run that must fail; its output, in which nobody must find a stack trace, nor what is left of an emptied one. */
export async function failing(stack: Workspace, args: string[], options: RunOptions = {}): Promise<string> {
  const { code, output } = await stack.run(args, { ...options, expect: null });
  expect(code, output).not.toBe(0);
  expect(output).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  expect(output).not.toMatch(/^\s*:\s*$/m);
  return output;
}

export const failingUp = (stack: Workspace, options?: RunOptions) =>
  failing(stack, ["up", "--yes", "--skip-preview"], options);
