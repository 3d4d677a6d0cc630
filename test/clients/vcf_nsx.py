"""vcf-nsx, the SDK that VMware generates from its API documents: it checks every answer against them."""
import requests
from steps import PASSWORD, URL, USER, raises, step
from vcf.nsx import model_client as model
from vcf.nsx.policy.api import v1_client
from vcf.nsx.policy.api.v1 import infra_client, search_client
from vcf.nsx.policy.api.v1.infra import realized_state_client, segments_client
from vmware.vapi.lib import connect
from vmware.vapi.security.client.security_context_filter import LegacySecurityContextFilter
from vmware.vapi.security.user_password import create_user_password_security_context
from vmware.vapi.stdlib.client.factories import StubConfigurationFactory


def configuration(password=PASSWORD, headers=None):
    session = requests.Session()
    session.headers.update(headers or {})
    connector = connect.get_requests_connector(
        session=session, msg_protocol="rest", url=URL,
        provider_filter_chain=[LegacySecurityContextFilter(
            security_context=None if headers else create_user_password_security_context(USER, password))])
    return StubConfigurationFactory.new_std_configuration(connector)


own = configuration()
segments = infra_client.Segments(own)
ports = segments_client.Ports(own)
states = segments_client.State(own)
infra = v1_client.Infra(own)
ZONE = "/infra/sites/default/enforcement-points/default/transport-zones/overlay-tz"
PATH = "/infra/segments/web"


def segment(**more):
    fields = dict(display_name="web", transport_zone_path=ZONE, connectivity_path="/infra/tier-1s/t1-web",
                  subnets=[model.SegmentSubnet(gateway_address="10.1.0.1/24")], tags=[model.Tag(scope="a", tag="b")])
    return model.Segment(**{**fields, **more})


step("is refused with a wrong password", lambda: raises("VapiError", lambda: infra_client.Segments(
    configuration("wrong")).policy_lm_list_all_infra_segments()), lambda name: name == "VapiError" or "nauth" in name)
step("creates a segment with PATCH", lambda: segments.policy_lm_patch_infra_segment("web", segment()))
step("reads it", lambda: segments.policy_lm_read_infra_segment("web"),
     lambda found: (found.path, found.revision, found.subnets[0].network) == (PATH, 0, "10.1.0.0/24"))


def replace(**more):
    found = segments.policy_lm_read_infra_segment("web")
    for name, value in more.items():
        setattr(found, name, value)
    return segments.policy_lm_create_or_replace_infra_segment("web", found)


step("replaces it with PUT", lambda: replace(description="d"), lambda found: (found.description, found.revision) == ("d", 1))
step("a stale revision is refused", lambda: raises("VapiError", lambda: replace(revision=0)),
     lambda name: name == "VapiError" or "412" in name or "InvalidRequest" in name)
step("creates another with PUT", lambda: segments.policy_lm_create_or_replace_infra_segment("api", segment(
    display_name="api", connectivity_path=None, subnets=None)), lambda found: found.revision == 0)
step("lists segments", segments.policy_lm_list_all_infra_segments,
     lambda found: (found.result_count, [each.id for each in found.results]) == (2, ["api", "web"]))
step("lists them page by page", lambda: segments.policy_lm_list_all_infra_segments(page_size=1),
     lambda found: len(found.results) == 1 and found.cursor)
step("reads its state", lambda: states.policy_lm_get_infra_segment_state("web"), lambda found: found.state == "success")
step("lists states", states.policy_lm_get_infra_segments_by_state, lambda found: len(found.results) == 2)

realized = realized_state_client
step("reads its realization status", lambda: realized.Status(own).policy_lm_read_intent_status(intent_path=PATH),
     lambda found: found.consolidated_status.consolidated_status == "SUCCESS"
     and found.consolidated_status_per_enforcement_point[0].convert_to(
         model.ConsolidatedStatusPerEnforcementPoint).consolidated_status.consolidated_status == "SUCCESS")
step("lists realized entities", lambda: realized.RealizedEntities(own).policy_lm_list_realized_entities(intent_path=PATH),
     lambda found: [each.state for each in found.results] == ["REALIZED"])
step("lists alarms", realized.Alarms(own).policy_lm_list_alarms, lambda found: not found.results)
step("has its realization refreshed", lambda: realized.RealizedEntity(own).policy_lm_refresh_realized_state(intent_path=PATH))

step("creates a port", lambda: ports.policy_lm_create_or_replace_infra_segment_port(
    "web", "p1", model.SegmentPort(display_name="p1")), lambda found: found.path == f"{PATH}/ports/p1")
step("changes it with PATCH", lambda: ports.policy_lm_patch_infra_segment_port(
    "web", "p1", model.SegmentPort(description="d")) or ports.policy_lm_get_infra_segment_port("web", "p1"),
     lambda found: (found.description, found.revision) == ("d", 1))
step("lists ports", lambda: ports.policy_lm_list_infra_segment_ports("web"), lambda found: found.result_count == 1)
step("cannot delete a segment with a port", lambda: raises("VapiError", lambda: segments.policy_lm_delete_infra_segment(
    "web")), lambda name: name == "VapiError" or "InvalidRequest" in name)
step("deletes it", lambda: ports.policy_lm_delete_infra_segment_port("web", "p1"))

step("searches", lambda: search_client.Query(own).lm_policy_query_search(query="resource_type:Segment AND display_name:web"),
     lambda found: found.result_count == 1)


def tree(*children):
    return model.Infra(resource_type="Infra", children=list(children))


def child(name, **more):
    body = segment(id=name, resource_type="Segment", display_name=name, subnets=None, **more)
    return model.ChildSegment(resource_type="ChildSegment", segment=body)


step("writes a tree in one request", lambda: infra.policy_patch_infra(tree(child("t-1"), child("t-2"))) or
     segments.policy_lm_list_all_infra_segments(), lambda found: found.result_count == 4)
step("reads the tree", infra.policy_read_infra, lambda found: found.resource_type == "Infra")


def session():
    login = requests.post(f"{URL}/api/session/create", data={"j_username": USER, "j_password": PASSWORD})
    cookie = login.headers["set-cookie"].split(";")[0]
    return configuration(headers={"Cookie": cookie, "X-XSRF-TOKEN": login.headers["x-xsrf-token"]})


step("works with a session", lambda: infra_client.Segments(session()).policy_lm_list_all_infra_segments(),
     lambda found: found.result_count == 4)
step("deletes segments", lambda: [segments.policy_lm_delete_infra_segment(name) for name in ("web", "api", "t-1", "t-2")]
     and segments.policy_lm_list_all_infra_segments(), lambda found: found.result_count == 0)
