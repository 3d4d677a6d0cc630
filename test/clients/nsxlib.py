"""vmware-nsxlib, the client of OpenStack Neutron: everything that it can do with what the simulator has."""
from steps import PASSWORD, URL, USER, raises, step
from vmware_nsxlib.v3 import config
from vmware_nsxlib.v3.policy import NsxPolicyLib
from vmware_nsxlib.v3.policy.transaction import NsxPolicyTransaction

ZONE = "overlay-tz"


def connect(password=PASSWORD):
    return NsxPolicyLib(config.NsxLibConfig(
        nsx_api_managers=[URL], username=USER, password=password, retries=0, max_attempts=3,
        realization_max_attempts=5, realization_wait_sec=0.1,
        # It learns the manager's version by the node API.
        allow_passthrough=True, plugin_scope="plugin", plugin_tag="walk",
        plugin_ver="1"))


lib = connect()
subnet = lib.segment.build_subnet("10.1.0.1/24", dhcp_ranges=["10.1.0.10-10.1.0.20"])

step("logs in with a session", lambda: lib.get_version(), lambda version: version.startswith("3."))
step("is refused with a wrong password", lambda: raises(
    "ManagerError", lambda: connect("wrong").segment.list()), lambda name: name == "ManagerError")

step("lists transport zones", lib.transport_zone.list, lambda found: len(found) == 2)
step("finds a zone by name", lambda: lib.transport_zone.get_by_name(ZONE), lambda found: found["id"] == ZONE)
step("reads a tier-1", lambda: lib.tier1.get("t1-web"), lambda found: found["path"] == "/infra/tier-1s/t1-web")
step("creates a tier-1", lambda: lib.tier1.create_or_overwrite("router", tier1_id="walk-t1", tier0="t0"))
step("lists tier-1s", lib.tier1.list, lambda found: {"t1-web", "walk-t1"} <= {each["id"] for each in found})

step("creates a segment", lambda: lib.segment.create_or_overwrite(
    "web", segment_id="web", tier1_id="t1-web", transport_zone_id=ZONE, subnets=[subnet], description="d",
    tags=[{"scope": "a", "tag": "b"}]))
step("reads it", lambda: lib.segment.get("web"), lambda found: found["subnets"][0]["network"] == "10.1.0.0/24")
step("knows its path", lambda: lib.segment.get_path("web"), lambda found: found == "/infra/segments/web")
step("knows its zone", lambda: lib.segment.get_transport_zone_id("web"), lambda found: found == ZONE)
step("finds it by name", lambda: lib.segment.get_by_name("web"), lambda found: found["id"] == "web")
step("lists segments", lib.segment.list, lambda found: [each["id"] for each in found] == ["web"])
step("changes one field", lambda: lib.segment.update("web", description="e") or lib.segment.get("web"),
     lambda found: (found["description"], found["tags"]) == ("e", [{"scope": "a", "tag": "b"}]))
step("turns it off and on", lambda: [lib.segment.set_admin_state("web", on) for on in (False, True)]
     and lib.segment.get("web"), lambda found: found["admin_state"] == "UP")
step("searches by tag", lambda: lib.search_by_tags([{"scope": "a", "tag": "b"}])["results"],
     lambda found: [each["id"] for each in found] == ["web"])

step("reads its realized state", lambda: lib.segment.get_realized_state("web"), lambda state: state == "REALIZED")
step("reads its realized id", lambda: lib.segment.get_realized_id("web"), bool)
step("reads its realization", lambda: lib.segment.get_realization_info("web", entity_type="RealizedLogicalSwitch"), bool)
step("waits until it is realized", lambda: lib.segment.wait_until_realized("web"), lambda found: found["state"] == "REALIZED")
step("waits until its state is successful", lambda: lib.segment.wait_until_state_successful("web"))
step("has its realization refreshed", lambda: lib.policy_api.refresh_realized_state("/infra/segments/web"))

port = "p1"
step("creates a port", lambda: lib.segment_port.create_or_overwrite(
    port, "web", port_id=port, description="d", address_bindings=[lib.segment_port.build_address_binding("10.1.0.5", "00:50:56:00:00:01")]))
step("attaches it", lambda: lib.segment_port.attach(
    "web", port, attachment_type="PARENT", vif_id="vif", allocate_addresses="BOTH"))
step("reads it back", lambda: lib.segment_port.get("web", port), lambda found: found["attachment"]["id"] == "vif")
step("changes it", lambda: lib.segment_port.update("web", port, name="q") or lib.segment_port.get("web", port),
     lambda found: (found["display_name"], found["attachment"]["id"]) == ("q", "vif"))
step("lists ports", lambda: lib.segment_port.list("web"), lambda found: [each["id"] for each in found] == [port])
step("waits for a port", lambda: lib.segment_port.wait_until_realized("web", port), lambda found: found["state"] == "REALIZED")
step("detaches it", lambda: lib.segment_port.detach("web", port) or lib.segment_port.get("web", port),
     lambda found: not found.get("attachment"))
step("cannot delete a segment with a port", lambda: raises("ManagerError", lambda: lib.segment.delete("web")),
     lambda name: name == "ManagerError")

step("creates a security profile", lambda: lib.segment_security_profile.create_or_overwrite(
    "sec", profile_id="sec", bpdu_filter_enable=True))
step("binds it", lambda: lib.segment_security_profile_maps.create_or_overwrite(
    "m", "web", map_id="m", segment_security_profile_id="sec", spoofguard_profile_id="default-spoofguard-profile"))
step("reads the binding", lambda: lib.segment_security_profile_maps.get("web", "m"), lambda found: found["id"] == "m")
step("lists bindings", lambda: lib.segment_security_profile_maps.list("web"), lambda found: len(found) == 1)
step("unbinds it", lambda: lib.segment_security_profile_maps.delete("web", "m"))
step("binds discovery profiles", lambda: lib.segment_discovery_profile_maps.create_or_overwrite(
    "m", "web", map_id="m", ip_discovery_profile_id="default-ip-discovery-profile",
    mac_discovery_profile_id="default-mac-discovery-profile"))
step("binds a QoS profile", lambda: lib.segment_qos_profile_maps.create_or_overwrite(
    "m", "web", map_id="m", qos_profile_id="default-qos-profile"))
step("creates a DHCP binding", lambda: lib.segment_dhcp_static_bindings.create_or_overwrite_v4(
    "b", "web", binding_id="b", ip_address="10.1.0.30", mac_address="00:50:56:00:00:02", lease_time=600))
step("lists DHCP bindings", lambda: lib.segment_dhcp_static_bindings.list("web"), lambda found: len(found) == 1)
step("deletes a DHCP binding", lambda: lib.segment_dhcp_static_bindings.delete("web", "b"))


def tree():
    with NsxPolicyTransaction():
        for name in ("t-1", "t-2"):
            lib.segment.create_or_overwrite(name, segment_id=name, tier1_id="t1-web", transport_zone_id=ZONE)
            lib.segment_port.create_or_overwrite("p", name, port_id="p")


def broken_tree():
    with NsxPolicyTransaction():
        lib.segment.create_or_overwrite("t-3", segment_id="t-3", transport_zone_id=ZONE)
        lib.segment.create_or_overwrite("t-4", segment_id="t-4", tier1_id="nobody", transport_zone_id=ZONE)


step("writes a tree in one request", tree)
step("reads what the tree made", lambda: [lib.segment_port.get(name, "p")["path"] for name in ("t-1", "t-2")],
     lambda found: found == ["/infra/segments/t-1/ports/p", "/infra/segments/t-2/ports/p"])
step("a tree that is refused leaves nothing", lambda: (raises("ManagerError", broken_tree), raises(
    "ResourceNotFound", lambda: lib.segment.get("t-3"))), lambda names: names == ("ManagerError", "ResourceNotFound"))

step("takes a segment from its tier-1", lambda: lib.segment.remove_connectivity_and_subnets("web") and None
     or lib.segment.get("web"), lambda found: "connectivity_path" not in found and not found.get("subnets"))
step("a stale revision is refused", lambda: raises("StaleRevision", lambda: lib.client.update(
    "infra/segments/web", dict(lib.segment.get("web"), _revision=0))), lambda name: name == "StaleRevision")
step("a missing segment is not found", lambda: raises("ResourceNotFound", lambda: lib.segment.get("nobody")),
     lambda name: name == "ResourceNotFound")
step("deletes ports", lambda: [lib.segment_port.delete(segment, name) for segment, name in
                               (("web", port), ("t-1", "p"), ("t-2", "p"))])
step("deletes segments", lambda: [lib.segment.delete(name) for name in ("web", "t-1", "t-2")] and lib.segment.list(),
     lambda found: found == [])
step("deletes a tier-1", lambda: lib.tier1.delete("walk-t1"))
