/**
 * The entry that every state refers to: `exports.handler=()=>require("pulumi-nginx-nsx/provider").NsxSegment`. Names
 * here are permanent; a resource keeps its own for as long as any state holds it.
 */

import "../start/expectNode.cts";
import { endWithEngine } from "./pulumi/processEnd.ts";
import { createProviders, type Provider, pluginWorld } from "./pulumi/providers.ts";
import { hideQuietErrors } from "./pulumi/quietErrors.ts";

const providers = createProviders(pluginWorld());

export const NginxConfig = providers.byName.NginxConfig as Provider;
export const StagedConfig = providers.byName.StagedConfig as Provider;
export const Certificate = providers.byName.Certificate as Provider;
export const Role = providers.byName.Role as Provider;
export const User = providers.byName.User as Provider;
export const Group = providers.byName.Group as Provider;
export const InstanceGroup = providers.byName.InstanceGroup as Provider;
export const SystemTags = providers.byName.SystemTags as Provider;
export const NsxSegment = providers.byName.NsxSegment as Provider;

hideQuietErrors();
endWithEngine(providers, process.argv[2]);
