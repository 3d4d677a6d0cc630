import { segmentDefaults as defaults } from "./defaults.ts";
import { familyOf, oneAddress, oneBlock, oneMac, onePath } from "./notation.ts";
import { type Json, type JsonObject, type ObjectShape, object, type Shape, text, value } from "./shape.ts";

const plain = value();
const address = value({ canonical: (given) => oneAddress(String(given)) });
const block = value({ canonical: oneBlock });
const list = (of: Shape): Shape => ({ kind: "set", of });
const ordered = (of: Shape): Shape => ({ kind: "ordered", of });
const pathTo = (element: JsonObject, name: string): Json => element[name];
/** What a program may leave out of an element, and the server has as "". */
const textOrEmpty = value({ default: "", canonical: (given) => given });

const dhcpConfig = object(
  {
    server_address: block,
    dns_servers: list(address),
    lease_time: value({ default: defaults.leaseTime }),
    options: object(
      {
        option121: object({ static_routes: list(object({ network: block, next_hop: address })) }, { whole: true }),
        others: { kind: "set", of: object({ code: plain, values: ordered(plain) }), keyOf: ({ code }) => text(code) },
      },
      { whole: true },
    ),
    excluded_ranges: list(block),
    sntp_servers: list(address),
    preferred_time: plain,
    domain_names: list(plain),
  },
  // NSX has a DHCP server on the subnet as long as this is there, empty or not.
  { whole: true, presence: true },
);

const subnet = object({ gateway_address: block, dhcp_ranges: list(block), dhcp_config: dhcpConfig });

const advancedConfig = object({
  connectivity: value({ default: defaults.connectivity }),
  // At most one: a value, rather than a list with room for somebody else's.
  address_pool_paths: ordered(plain),
  hybrid: value({ default: defaults.hybrid, fixed: true }),
  inter_router: value({ default: defaults.interRouter }),
  local_egress: value({ default: defaults.localEgress }),
  local_egress_routing_policies: ordered(object({ nexthop_address: address, prefix_list_paths: ordered(plain) })),
  multicast: value({ default: defaults.multicast }),
  ndra_profile_path: plain,
  node_local_switch: plain,
  origin_id: plain,
  origin_type: plain,
  uplink_teaming_policy_name: plain,
  urpf_mode: value({ default: defaults.urpfMode }),
});

/** A segment as the API has it, without what the server says about the object itself. */
export function segmentShape(id: string): ObjectShape {
  return object({
    display_name: value({ default: id }),
    description: plain,
    tags: list(object({ scope: textOrEmpty, tag: textOrEmpty })),
    transport_zone_path: value({ default: defaults.transportZonePath, fixed: true, canonical: onePath }),
    connectivity_path: plain,
    subnets: { kind: "keyed", of: subnet, keyOf: (element) => `v${familyOf(pathTo(element, "gateway_address"))}` },
    vlan_ids: list(plain),
    overlay_id: value({ fixed: true, allocated: true }),
    admin_state: value({ default: defaults.adminState }),
    replication_mode: value({ default: defaults.replicationMode }),
    domain_name: plain,
    dhcp_config_path: plain,
    advanced_config: advancedConfig,
    l2_extension: object(
      {
        l2vpn_paths: list(plain),
        // No argument declares it: others' only.
        l2vpn_path: plain,
        local_egress: object({ optimized_ips: ordered(address) }, { whole: true }),
        tunnel_id: plain,
      },
      { whole: true },
    ),
    bridge_profiles: {
      kind: "keyed",
      of: object({
        bridge_profile_path: plain,
        vlan_transport_zone_path: plain,
        vlan_ids: list(plain),
        uplink_teaming_policy_name: plain,
      }),
      keyOf: (element) => text(element.bridge_profile_path),
      id: ["bridge_profile_path"],
    },
    metadata_proxy_paths: list(plain),
    mac_pool_id: plain,
    extra_configs: {
      kind: "set",
      of: object({ config_pair: object({ key: plain, value: plain }) }),
      keyOf: ({ config_pair }) => text((config_pair as JsonObject).key),
    },
    evpn_tenant_config_path: plain,
    address_bindings: list(object({ ip_address: address, mac_address: value({ canonical: oneMac }), vlan_id: plain })),
    // No argument declares it: others' only.
    ls_id: plain,
  });
}

/** `gatewayAddress` → `gateway_address`: the one rule by which arguments are named after the API's properties. */
export function toWire(given: Json): Json {
  if (Array.isArray(given)) return given.map(toWire);
  if (typeof given !== "object" || given === null) return given;
  const name = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(given).map(([key, inner]) => [name(key), toWire(inner)]));
}
