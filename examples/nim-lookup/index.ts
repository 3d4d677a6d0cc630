import * as pulumi from "@pulumi/pulumi";
import {
  getCertificates,
  getEvents,
  getFeatures,
  getInstance,
  getInstanceConfig,
  getInstanceGroup,
  getInstances,
  getSystems,
  getUserInfo,
  Role,
} from "pulumi-nginx-nsx";

const config = new pulumi.Config();
const stack = pulumi.getStack();

/** Asks NIM: each kind once, however many questions there are about it. No uid is written down anywhere. */
async function main() {
  const groupName = config.require("group");
  const [group, instances, systems, features] = await Promise.all([
    getInstanceGroup({ name: groupName }),
    getInstances({ instanceGroupName: groupName }),
    getSystems({}),
    getFeatures({}),
  ]);
  const hosts = systems.filter(({ uid }) => instances.some(({ systemUid }) => systemUid === uid));

  /** Whoever looks after the group: publishes to it, and sees what runs there. */
  const operators = new Role("operators", {
    displayName: `Operators of ${group.displayName} (${stack})`,
    permissions: [
      {
        feature: "INSTANCE-GROUPS",
        accessTypes: ["READ", "UPDATE"],
        objects: [{ resource: "Instance Groups", values: [group.uid] }],
      },
      {
        feature: "INSTANCE-MANAGEMENT",
        accessTypes: ["READ"],
        objects: [{ resource: "Systems", values: hosts.map(({ uid }) => uid) }],
      },
      // Older releases do not have the feature, and would refuse the role.
      ...(features.some(({ id }) => id === "CERTIFICATES")
        ? [{ feature: "CERTIFICATES", accessTypes: ["READ" as const] }]
        : []),
    ],
  });

  const instance = await getInstance({ hostname: config.require("host"), instanceGroupName: groupName });
  const running = await getInstanceConfig({ instance });
  const expiring = await getCertificates({ expiresWithinDays: config.requireNumber("days") });
  const failed = await getEvents({ filter: "status='Config Apply Failure'", startTime: "now-1d", limit: 5 });
  const { name } = await getUserInfo({});

  return {
    role: operators.name,
    askedAs: name,
    members: instances.map(({ hostname, version, isPlus }) => `${hostname}: nginx ${version}${isPlus ? " Plus" : ""}`),
    filesOfHost: Object.keys(running.files),
    expiringCertificates: expiring.map((certificate) => `${certificate.name} ends ${certificate.notAfter}`),
    failedPublishes: failed.map(({ timestamp, message }) => `${timestamp} ${message}`),
  };
}

export = main;
