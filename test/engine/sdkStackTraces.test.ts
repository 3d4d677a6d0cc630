// The SDK stops Pulumi from taking stack traces while it constructs a resource, and only then.
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, expect, test } from "vitest";
import { NsxSegment } from "../../sdk/index.ts";

beforeAll(async () => {
  await pulumi.runtime.setMocks({ newResource: ({ name, inputs }) => ({ id: name, state: inputs }), call: () => ({}) });
});

const traceOf = () => new Error("here").stack ?? "";

test("a program's own errors have their stack traces before and after", () => {
  const before = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit");
  new NsxSegment("a", { segmentId: "a" });
  expect(Object.getOwnPropertyDescriptor(Error, "stackTraceLimit")).toEqual(before);
  expect(traceOf()).toContain("sdkStackTraces.test.ts");
});

test("also when the constructor fails", () => {
  const before = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit");
  expect(() => new NsxSegment(undefined as never, {})).toThrow();
  expect(Object.getOwnPropertyDescriptor(Error, "stackTraceLimit")).toEqual(before);
});

test("a limit that the program has set stays", () => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 3;
  new NsxSegment("b", { segmentId: "b" });
  expect(Error.stackTraceLimit).toBe(3);
  Error.stackTraceLimit = stackTraceLimit;
});
