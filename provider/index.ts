/**
 * The entry that every state refers to: `exports.handler=()=>require("pulumi-nginx-nsx/provider").NsxSegment`. Names
 * here are permanent; a resource keeps its own for as long as any state holds it.
 */
import { createProviders, type Provider, pluginWorld } from "./pulumi/providers.ts";

const providers = createProviders(pluginWorld());

export const NginxConfig = providers.byName.NginxConfig as Provider;
export const Certificate = providers.byName.Certificate as Provider;
export const Role = providers.byName.Role as Provider;
export const NsxSegment = providers.byName.NsxSegment as Provider;

// The engine ends its plugins with an interrupt; a session left open would count against the manager's limit of them.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    void providers.close().finally(() => process.exit(0));
  });
}
