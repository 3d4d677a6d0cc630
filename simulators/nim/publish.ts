import { z } from "zod";
import { json, type SimResponse } from "../kit/index.ts";
import { applyConfig } from "./agent/apply.ts";
import type { CertPlacement } from "./certPlacement.ts";
import type { StagedConfigs } from "./configs.ts";
import type { Deployments } from "./deployments.ts";
import { badRequest, gone, NimError, notFound, older } from "./errors.ts";
import { allFiles, configShape, fitsIntoMessage, readFiles } from "./files.ts";
import type { Commit, Fleet } from "./fleet.ts";
import type { Author, ConfigFiles, Deployment, Group, Instance, NimEnvironment, NimRequest, Routes } from "./types.ts";
import { validate } from "./validate.ts";
import type { Work } from "./work.ts";

/** PublishConfigRequest (docs/nim.md#bodies). Go reads names in any case; both spellings of configUID are in use. */
const publishRequest = z.strictObject({
  ...configShape,
  configUID: z.string().optional(),
  configUid: z.string().optional(),
  ignoreConflict: z.boolean().default(false),
  updateTime: z.iso.datetime({ offset: true }).optional(),
  validateConfig: z.boolean().default(false),
});

/** A publish that was accepted. */
interface Publish {
  deployment: Deployment;
  config: ConfigFiles;
  commit: Commit;
  author: Author;
  /** It does not end before this. */
  earliest: Promise<void>;
}

export interface PublishParts {
  environment: NimEnvironment;
  fleet: Fleet;
  deployments: Deployments;
  staged: StagedConfigs;
  placement: CertPlacement;
  work: Work;
}

export interface Publisher {
  routes: Routes;
  /** Has an agent take up a config; returns why it did not. */
  deliver(instance: Instance, config: ConfigFiles, commit: Commit, author: Author): Promise<string | undefined>;
}

/** A publish to an instance or a group is accepted at once and carried out afterwards (docs/nim.md#publishing). */
export function createPublisher(parts: PublishParts): Publisher {
  const { environment, fleet, deployments, staged, placement, work } = parts;
  const { clock, switches } = environment;

  function readRequest({ body }: NimRequest, active: Instance | Group) {
    const request = validate(publishRequest, body, switches.unknownFields === "ignore");
    const stagedUid = request.configUID ?? request.configUid;
    const source = stagedUid === undefined ? undefined : staged.get(stagedUid);
    if (stagedUid !== undefined && !source) throw notFound(`Config ${stagedUid}`);
    if (!request.configFiles && !source) {
      throw badRequest('Request body has an error: Error at "/configFiles": property "configFiles" is missing');
    }
    const config = request.configFiles
      ? readFiles(request.configFiles, request.auxFiles, "/etc/nginx")
      : (source as ConfigFiles);
    const updateTime = request.updateTime ?? source?.updateTime;
    // Times are compared and nothing else (docs/nim.md#publishing); without one there is nothing to compare.
    if (!request.ignoreConflict && updateTime !== undefined && Date.parse(updateTime) < Date.parse(active.updateTime)) {
      throw older(switches.conflictStatus);
    }
    const externalId = request.externalId ?? source?.externalId ?? null;
    const commit: Commit = {
      externalId,
      externalIdType: externalId === null ? "other" : (request.externalIdType ?? source?.externalIdType ?? "other"),
      updateTime: switches.activeUpdateTime === "payload" ? updateTime : undefined,
    };
    return { config, commit, check: request.validateConfig && switches.validateConfig === "check" };
  }

  /** What `validateConfig` does is not known; here the first instance's nginx looks at it before anything is deployed. */
  async function checkFirst(instance: Instance | undefined, config: ConfigFiles): Promise<void> {
    if (!instance) return;
    const payload = allFiles(config);
    const files = new Map([...instance.disk, ...placement.filesFor(instance, payload), ...payload]);
    const verdict = await instance.host.test(files);
    if (!verdict.ok) throw new NimError(400, verdict.output.trim());
  }

  const deliver: Publisher["deliver"] = async (instance, config, commit, author) => {
    if (!instance.online) return "the agent of the instance is not connected";
    if (instance.refusal !== undefined) return instance.refusal;
    const payload = allFiles(config);
    if (!fitsIntoMessage(payload, switches.maxMessageBytes)) return "nats: maximum payload exceeded";
    const disk = new Map([...instance.disk, ...placement.filesFor(instance, payload)]);
    const settings = { configPath: instance.configPath, configDirs: switches.configDirs };
    const applied = await applyConfig(instance.host, disk, payload, placement.managedPaths(instance), settings);
    if ("failure" in applied) return applied.failure;
    instance.disk = applied.disk;
    instance.leftOut = applied.leftOut;
    fleet.commitInstance(instance, commit, author);
    return undefined;
  };

  async function deployTo(instance: Instance, publish: Publish): Promise<void> {
    const { deployment, config, commit, author } = publish;
    const failure = await work.on(instance.uid, () => deliver(instance, config, commit, author));
    await publish.earliest;
    deployment.pending = deployment.pending.filter((other) => other !== instance);
    if (failure === undefined) deployment.succeeded.push(instance);
    else deployment.failed.push({ instance, message: failure });
  }

  function finish(deployment: Deployment): void {
    deployment.done = true;
    deployment.updateTime = new Date(clock.now()).toISOString();
  }

  const accepted = (deployment: Deployment, what: string): SimResponse =>
    json(202, {
      deploymentUID: deployment.uid,
      links: { rel: deployments.linkOf(deployment) },
      result: `Publish ${what} Accepted`,
    });

  function begin(
    kind: Deployment["kind"],
    members: Instance[],
    target: string,
    rest: Pick<Publish, "config" | "commit" | "author">,
  ): Publish {
    const now = clock.now();
    const deployment = deployments.start(kind, members, target, new Date(now).toISOString());
    return { ...rest, deployment, earliest: work.until(now + switches.deploymentMilliseconds) };
  }

  function publishToInstance(instance: Instance, request: NimRequest): SimResponse | Promise<SimResponse> {
    const { config, commit, check } = readRequest(request, instance);
    const start = () => {
      const publish = begin("instance", [instance], "", { config, commit, author: request });
      const { deployment } = publish;
      instance.lastDeployment = deployment;
      work.background(async () => {
        await deployTo(instance, publish);
        finish(deployment);
      });
      return accepted(deployment, "configuration request");
    };
    return check ? checkFirst(instance, config).then(start) : start();
  }

  function publishToGroup(group: Group, request: NimRequest): SimResponse | Promise<SimResponse> {
    const { config, commit, check } = readRequest(request, group);
    const start = () => {
      // Only members that are online take part (docs/nim.md#deployments).
      const members = fleet.members(group).filter(({ online }) => online);
      const publish = begin("group", members, group.name, { config, commit, author: request });
      const { deployment } = publish;
      group.lastDeployment = deployment;
      work.background(() =>
        // One publish of a group at a time, so that its members end up with the same one.
        work.on(group.uid, async () => {
          await Promise.all(members.map((member) => deployTo(member, publish)));
          const refused = deployment.failed.length > 0 && deployment.succeeded.length === 0;
          if (!refused) fleet.commitGroup(group, config, commit, request);
          finish(deployment);
        }),
      );
      return accepted(deployment, "group configuration request");
    };
    return check ? checkFirst(fleet.members(group)[0], config).then(start) : start();
  }

  const instanceOf = ({ params }: NimRequest) => {
    const instance = fleet.instances.get(params.instanceUid ?? "");
    if (!instance?.registered || instance.systemUid !== params.systemUid) throw gone("Instance");
    return instance;
  };
  const groupOf = ({ params }: NimRequest) => {
    const group = fleet.groups.get(params.groupUid ?? "");
    if (!group) throw gone("Instance Group");
    return group;
  };

  const toInstance = (request: NimRequest) => publishToInstance(instanceOf(request), request);
  const toGroup = (request: NimRequest) => publishToGroup(groupOf(request), request);
  return {
    deliver,
    routes: {
      "POST /systems/{systemUid}/instances/{instanceUid}/config": toInstance,
      "PUT /systems/{systemUid}/instances/{instanceUid}/config": toInstance,
      "POST /instance-groups/{groupUid}/config": toGroup,
      "PUT /instance-groups/{groupUid}/config": toGroup,
    },
  };
}
