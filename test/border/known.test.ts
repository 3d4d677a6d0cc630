// Cases that once did not end as they must, by their names; and those that each guard is for, as its control runs these.
import { expect, test } from "vitest";
import type { Operation } from "./episode.ts";
import { describeReport, fuzz } from "./fuzz.ts";
import { realProvider } from "./realProvider.ts";
import { subjects } from "./subjects.ts";

test.each([
  "NsxSegment put / refresh / 1 / after / always / the body: somebody else's object",
  "NsxSegment put / create / 2 / after / 1 / the body: somebody else's object",
  "NsxSegment put / delete / 3 / before / 1 / 200 with a list",
  "NsxSegment put / delete / 3 / before / 1 / 206 with no body",
  "NginxConfig / update / 4 / after / 1 / the body: links to somebody else's",
  "NginxConfig / delete / 3 / after / 2 / the body: links up",
  "NsxSegment put / refresh / 2 / after / always / subnets.0 is null",
  "NsxSegment put / update / 3 / after / always / subnets.0.dhcp_config.options is a list with null",
  "NsxSegment hierarchical / delete / 2 / after / 1 / resource_type is a text",
  "NsxSegment hierarchical / delete / 3 / before / always / 201 with no body",
  "Role / create / 1 / after / always / metadata.tags is null",
  "Role / update / 1 / after / always / metadata.tags is a number",
  "Role / refresh / 1 / after / 1 / roleDef.permissions.0.objects.0.values is an object",
  "Certificate / update / 2 / after / 2 / instanceRefs is a text",
  "Certificate / refresh / 1 / after / 1 / certPEMDetails.caCerts is an object",
  "NginxConfig / update / 2 / after / always / updateTime is a text",
  "StagedConfig / create / 2 / after / 1 / 429 with a proxy's JSON",
  "InstanceGroup / create / 2 / after / 2 / 429 with no body",
  "User / delete / 1 / after / 1 / metadata.uid is a long text",
  "InstanceGroup / create / 2 / after / 1 / uid is a long text",
  "InstanceGroup / adopt / 1 / after / 1 / items.0.uid is a text",
  "StagedConfig / create / 2 / after / 1 / uid is a long text",
  "StagedConfig / adopt / 1 / after / always / items.0.uid is a long text",
  "SystemTags / delete / 1 / after / always / tags is null",
])("%s", async (key) => {
  const [name, operation, request] = key.split(" / ");
  const report = await fuzz(
    subjects.filter((subject) => subject.name === name),
    realProvider,
    { seed: 1, count: 2, only: key, operations: [operation as Operation], request: Number(request) },
  );
  expect(report.cases).toBe(1);
  expect(report.failed, describeReport(report)).toBe(0);
});
