import type { Field, Fields } from "./fields.ts";
import { isAddress, isBlock, isCidr, isLayer2Name, isMac, isVlan } from "./formats.ts";

// Properties, bounds and defaults of the NSX-T 3.2 schema (Resource … PolicyConfigResource, Segment); 9.1 has the same.

const text: Field = { kind: "string" };
const flag: Field = { kind: "boolean", default: false };
const readOnly: Field = { kind: "any", readOnly: true };
const cidr: Field = { kind: "string", format: ["ip-cidr-block", isCidr] };
const address: Field = { kind: "string", format: ["ip", isAddress] };
const block: Field = { kind: "string", format: ["address-or-block-or-range", isBlock] };
const vlan: Field = { kind: "string", format: ["VLAN id or range (0..4094)", isVlan] };
const reference = (...to: string[]): Field => ({ kind: "reference", to });
const list = (of: Field, max?: number, min?: number): Field => ({
  kind: "list",
  of,
  ...(max !== undefined && { max }),
  ...(min !== undefined && { min }),
});
const object = (fields: Fields, required: string[] = []): Field => ({ kind: "object", fields, required });

/** What every Policy object has. What the server sets may come back in a PUT and is ignored. */
export const commonFields: Fields = {
  display_name: { kind: "string", max: 255 },
  description: { kind: "string", max: 1024 },
  tags: list(
    object({ scope: { kind: "string", max: 128, default: "" }, tag: { kind: "string", max: 256, default: "" } }),
    30,
  ),
  ...Object.fromEntries(
    [
      ..."id resource_type path parent_path relative_path unique_id realization_id owner_id".split(" "),
      ..."origin_site_id remote_path marked_for_delete overridden children _revision _links _schema _self".split(" "),
      ..."_create_user _create_time _last_modified_user _last_modified_time _system_owned _protection".split(" "),
    ].map((name) => [name, readOnly]),
  ),
};

const leaseTime: Field = { kind: "integer", min: 60, max: 4294967295, default: 86400 };
const dhcpCommon: Fields = { server_address: cidr, dns_servers: list(address, 2), lease_time: leaseTime };

const dhcpV4: Fields = {
  ...dhcpCommon,
  options: object({
    option121: object({
      static_routes: list(object({ network: cidr, next_hop: address }, ["network", "next_hop"]), 27, 1),
    }),
    others: list(
      object({ code: { kind: "integer", min: 0, max: 255 }, values: list(text, 10, 1) }, ["code", "values"]),
    ),
  }),
};

const dhcpV6: Fields = {
  ...dhcpCommon,
  excluded_ranges: list(block, 128),
  sntp_servers: list(address, 2),
  preferred_time: { kind: "integer", min: 60, max: 4294967295 },
  domain_names: list(text),
};

// Whether a gateway_address is required depends on the segment and the release: segmentRules.ts.
const subnet: Field = object({
  gateway_address: cidr,
  network: { ...cidr, readOnly: true },
  dhcp_ranges: list(block, 99),
  dhcp_config: { kind: "variant", variants: { SegmentDhcpV4Config: dhcpV4, SegmentDhcpV6Config: dhcpV6 } },
});

/** SegmentAdvancedConfig. From 3.2 on it is in every answer, with these defaults. */
const advancedConfig: Fields = {
  connectivity: { kind: "string", values: ["ON", "OFF"], default: "ON" },
  address_pool_paths: list(reference("IpAddressPool"), 1),
  hybrid: flag,
  inter_router: flag,
  local_egress: flag,
  local_egress_routing_policies: list(
    object({ nexthop_address: address, prefix_list_paths: list(text, 1, 1) }, ["nexthop_address", "prefix_list_paths"]),
  ),
  multicast: { kind: "boolean" },
  ndra_profile_path: reference("Ipv6NdraProfile"),
  node_local_switch: { kind: "boolean" },
  origin_id: text,
  origin_type: { kind: "string", values: ["VCENTER"] },
  uplink_teaming_policy_name: text,
  urpf_mode: { kind: "string", values: ["NONE", "STRICT"], default: "STRICT" },
};

export const segmentFields: Fields = {
  ...commonFields,
  display_name: { kind: "string", max: 255, format: ["name (none of ; | = , ~ @)", isLayer2Name] },
  admin_state: { kind: "string", values: ["UP", "DOWN"], default: "UP" },
  replication_mode: { kind: "string", values: ["MTEP", "SOURCE"], default: "MTEP" },
  transport_zone_path: reference("PolicyTransportZone"),
  connectivity_path: reference("Tier0", "Tier1"),
  vlan_ids: list(vlan),
  overlay_id: { kind: "integer", min: 0 },
  subnets: list(subnet),
  domain_name: text,
  dhcp_config_path: reference("DhcpServerConfig", "DhcpRelayConfig"),
  advanced_config: {
    ...object(advancedConfig),
    default: { connectivity: "ON", hybrid: false, inter_router: false, local_egress: false, urpf_mode: "STRICT" },
  },
  l2_extension: object({
    l2vpn_path: text,
    l2vpn_paths: list(text),
    local_egress: object({ optimized_ips: list(address, 1) }),
    tunnel_id: { kind: "integer", min: 1, max: 4093 },
  }),
  bridge_profiles: list(
    object(
      {
        bridge_profile_path: reference("L2BridgeEndpointProfile"),
        vlan_transport_zone_path: reference("PolicyTransportZone"),
        vlan_ids: list(vlan),
        uplink_teaming_policy_name: text,
      },
      ["bridge_profile_path"],
    ),
  ),
  metadata_proxy_paths: list(reference("MetadataProxyConfig")),
  mac_pool_id: text,
  extra_configs: list(object({ config_pair: object({ key: text, value: text }, ["key", "value"]) }, ["config_pair"])),
  evpn_tenant_config_path: reference("EvpnTenantConfig"),
  evpn_segment: readOnly,
  federation_config: readOnly,
  address_bindings: list(
    object({
      ip_address: address,
      mac_address: { kind: "string", format: ["mac-address", isMac] },
      vlan_id: { kind: "integer", min: 0, max: 4094 },
    }),
    512,
  ),
  ls_id: text,
  type: readOnly,
};

const bindingMap = (fields: Fields): Fields => ({ ...commonFields, ...fields });

/** Profile bindings are children of a segment, each with its own id and revision. */
export const bindingMapFields = {
  discovery: bindingMap({
    ip_discovery_profile_path: reference("IPDiscoveryProfile"),
    mac_discovery_profile_path: reference("MacDiscoveryProfile"),
  }),
  qos: bindingMap({ qos_profile_path: reference("QosProfile") }),
  security: bindingMap({
    segment_security_profile_path: reference("SegmentSecurityProfile"),
    spoofguard_profile_path: reference("SpoofGuardProfile"),
  }),
  monitoring: bindingMap({ ipfix_l2_profile_path: text, port_mirroring_profile_path: text }),
};
