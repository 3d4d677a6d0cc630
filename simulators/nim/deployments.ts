import { json } from "../kit/index.ts";
import { NimError } from "./errors.ts";
import { basePath, type Deployment, type Instance, type Json, type NimEnvironment, type Routes } from "./types.ts";

export interface Deployments {
  start(kind: Deployment["kind"], members: Instance[], target: string, time: string): Deployment;
  /** Path of `links.rel`; a group's deployments stand under another path than an instance's. */
  linkOf(deployment: Deployment): string;
  view(deployment: Deployment): Json;
  routes: Routes;
  /** NIM forgets the deployments of before its restart (known issue 43016). */
  forget(): void;
}

export function createDeployments({ random, switches }: NimEnvironment): Deployments {
  const all = new Map<string, Deployment>();

  /** A group's publish counts as successful if any member succeeded, or if none was there to fail. */
  const hasFailed = ({ succeeded, failed }: Deployment) => failed.length > 0 && succeeded.length === 0;

  function statusOf(deployment: Deployment): string {
    if (!deployment.done) return switches.pendingStatus;
    if (switches.doneStatus === "finalized") return "finalized";
    return hasFailed(deployment) ? "failed" : "successful";
  }

  function messageOf(deployment: Deployment): string {
    if (!deployment.done) return "Publish request is being processed";
    const outcome = hasFailed(deployment) ? "failed to publish" : "successfully published";
    if (deployment.kind === "instance") return `Instance config ${outcome} to`;
    return `Instance Group config ${outcome} to ${deployment.target}`;
  }

  const view = (deployment: Deployment): Json => {
    const { createTime, updateTime, uid, pending, succeeded, failed } = deployment;
    const errors = failed.map(({ instance, message }) => [`instance:${instance.systemUid}`, message]);
    const details = {
      ...(failed.length > 0 && { error: JSON.stringify(Object.fromEntries(errors)) }),
      failure: failed.map(({ instance, message }) => ({ failMessage: message, name: instance.hostname })),
      pending: pending.map(({ hostname }) => ({
        message: "config apply pending",
        name: hostname,
        status: switches.pendingStatus,
      })),
      success: succeeded.map(({ hostname }) => ({ name: hostname })),
    };
    const [status, message] = [statusOf(deployment), messageOf(deployment)];
    return { createTime, details, id: uid, message, status, updateTime };
  };

  const read = (kind: Deployment["kind"], uid = "") => {
    const found = all.get(uid);
    if (found?.kind !== kind) throw new NimError(404, "Deployment Not Found", { code: 131043, meaning: "gone" });
    return json(200, view(found));
  };

  return {
    start: (kind, members, target, time) => {
      const deployment: Deployment = {
        uid: random.uuid(),
        kind,
        createTime: time,
        updateTime: time,
        target,
        pending: members,
        succeeded: [],
        failed: [],
        done: false,
      };
      all.set(deployment.uid, deployment);
      return deployment;
    },
    linkOf: ({ kind, uid }) =>
      `${basePath(switches)}/${kind === "instance" ? "systems/instances" : "instance-groups"}/deployments/${uid}`,
    view,
    routes: {
      "GET /systems/instances/deployments/{uid}": ({ params }) => read("instance", params.uid),
      "GET /instance-groups/deployments/{uid}": ({ params }) => read("group", params.uid),
    },
    forget: () => all.clear(),
  };
}
