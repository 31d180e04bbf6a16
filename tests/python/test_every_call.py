"""Every public method of the client's resources that Leat speaks, called on the unmodified client; one that is not called fails."""

import datetime

import pytest
from nexla_sdk.models.access.responses import AccessorResponse
from pydantic import TypeAdapter
from conftest import wait_until
from test_guide_s3 import put_orders

COUNT = 200

# What the public client has beyond the resources of this version.
NOT_YET = {
    "nexsets": {"docs_recommendation", "list_docs", "update_docs", "copy_docs"},
    "flows": {"docs_recommendation", "get_org_health_summary", "get_org_health_flows", "get_flow_health"},
}
# Verbs that every resource of the client inherits, and that mean nothing for this one: its paths would not exist in the public API either.
INHERITED = {
    "credentials": {"activate", "pause"},
    "lookups": {"activate", "pause"},
    "flows": {"create", "update", "paginate"},
    "metrics": {
        "list", "paginate", "get", "create", "update", "delete", "activate", "pause", "copy",
        "get_audit_log", "get_accessors", "add_accessors", "replace_accessors", "delete_accessors",
    },
}


RESOURCES = ("credentials", "sources", "nexsets", "destinations", "lookups", "flows", "metrics")


class Noted:
    """A resource of the client that remembers which of its methods were called."""

    def __init__(self, resource):
        self.resource = resource
        self.called = set()

    def __getattr__(self, name):
        self.called.add(name)
        return getattr(self.resource, name)

    def missed(self, name):
        public = {method for method in dir(self.resource) if not method.startswith("_") and callable(getattr(self.resource, method))}
        return public - self.called - NOT_YET.get(name, set()) - INHERITED.get(name, set())


def test_every_call(s3, sdk_environment):
    """PROMISE-EVERY-CALL"""
    from nexla_sdk import NexlaClient
    from nexla_sdk.exceptions import AuthenticationError, NotFoundError, ValidationError
    from nexla_sdk.models.access.requests import OrgAccessorRequest, UserAccessorRequest
    from nexla_sdk.models.credentials.requests import CredentialCreate, CredentialUpdate, ProbeSampleRequest, ProbeTreeRequest
    from nexla_sdk.models.destinations.requests import DestinationCopyOptions, DestinationCreate, DestinationUpdate
    from nexla_sdk.models.flows.requests import FlowCopyOptions
    from nexla_sdk.models.flows.responses import FlowLogsResponse, FlowMetricsApiResponse
    from nexla_sdk.models.lookups.requests import LookupCreate, LookupUpdate
    from nexla_sdk.models.metrics.responses import MetricsResponse, ResourceMetricDaily
    from nexla_sdk.models.nexsets.requests import NexsetCopyOptions, NexsetCreate, NexsetUpdate
    from nexla_sdk.models.sources.requests import SourceCopyOptions, SourceCreate, SourceUpdate

    files = s3["files"]
    files.create_dir("every")
    put_orders(files, "every/in", count=COUNT, broken=["not json"])
    client = NexlaClient(service_key=sdk_environment["key"])
    credentials, sources, nexsets, destinations, lookups, flows, metrics = noted = [Noted(getattr(client, name)) for name in RESOURCES]

    # Session.
    assert client.get_access_token() == client.get_access_token()
    assert client.refresh_access_token() == client.get_access_token()
    me = client.users.get_current()
    assert me["org_memberships"] and me["email"]
    short = NexlaClient(access_token=client.get_access_token(), base_url=sdk_environment["url"])
    assert short.sources.list(per_page=1) is not None
    ended = NexlaClient(service_key=sdk_environment["key"])
    token = ended.get_access_token()
    ended.logout()
    with pytest.raises(AuthenticationError):
        NexlaClient(access_token=token, base_url=sdk_environment["url"]).sources.list()

    # Credentials.
    keys = {"access_key_id": s3["accessKey"], "secret_access_key": s3["secretKey"], "region": "us-east-1", "endpoint": s3["endpoint"]}
    credential = credentials.create(CredentialCreate(name="Every", credentials_type="s3", credentials=keys))
    assert credentials.get(credential.id, expand=True).credentials_type == "s3"
    assert credentials.update(credential.id, CredentialUpdate(description="changed")).description == "changed"
    assert credential.id in [one.id for one in credentials.list(credentials_type="s3", access_role="owner", page=1, per_page=100)]
    assert credential.id in [one.id for one in credentials.paginate(per_page=1)]
    assert credentials.probe(credential.id)["status"] in ("ok", "success")
    running = credentials.probe(credential.id, async_mode=True)
    done = wait_until(lambda: finished(credentials.probe(credential.id, async_mode=True, request_id=running["request_id"])))
    assert done["status"] == "completed" and done["progress"] == 100
    tree = credentials.probe_tree(credential.id, ProbeTreeRequest(depth=3, path="every"))
    assert tree.connection_type == "s3" and "part-0.json" in str(tree.object)
    sample = credentials.probe_sample(credential.id, ProbeSampleRequest(path="every/in/part-0.json"))
    assert sample.output["statusCode"] == 200 and "order_id" in sample.output["response"]
    other = credentials.copy(credential.id)
    assert other["id"] if isinstance(other, dict) else other.id != credential.id
    other_id = other["id"] if isinstance(other, dict) else other.id

    # A source, its nexset, a child, a destination.
    source = sources.create(SourceCreate(
        name="Every", source_type="s3", data_credentials_id=credential.id,
        source_config={"path": "every/in/", "file_format": "json"},
    ))
    assert sources.get(source.id, expand=True).data_credentials.id == credential.id
    assert sources.update(source.id, SourceUpdate(description="orders")).description == "orders"
    assert source.id in [one.id for one in sources.list(access_role="owner", page=1, per_page=100)]
    assert source.id in [one.id for one in sources.paginate(per_page=2)]
    assert sources.activate(source.id).status == "ACTIVE"
    nexset = wait_until(lambda: next((one for one in nexsets.list(page=1, per_page=100) if one.data_source_id == source.id), None))
    assert nexset.id in [one.id for one in nexsets.paginate(per_page=2)]
    assert sources.get(source.id, expand=True).data_sets[0].id == nexset.id
    assert nexsets.get(nexset.id, expand=True).output_schema["properties"]["order_id"]["type"] == "integer"
    child = nexsets.create(NexsetCreate(
        name="New ones", parent_data_set_id=nexset.id, has_custom_transform=True,
        transform={"version": 1, "operations": [{"operation": "filter", "condition": "status != 'CANCELLED'"}]},
    ))
    assert nexsets.update(child.id, NexsetUpdate(description="not cancelled", tags=["orders"])).tags == ["orders"]
    sink = destinations.create(DestinationCreate(
        name="Every out", sink_type="s3", data_credentials_id=credential.id, data_set_id=child.id,
        sink_config={"path": "every/out/", "data_format": "csv"},
    ))
    assert destinations.get(sink.id, expand=True).data_set.id == child.id
    assert destinations.update(sink.id, DestinationUpdate(name="Every out 2")).name == "Every out 2"
    assert sink.id in [one.id for one in destinations.list(per_page=100)]
    assert sink.id in [one.id for one in destinations.paginate(per_page=2)]
    assert nexsets.activate(child.id).status == "ACTIVE"
    assert destinations.activate(sink.id).status == "ACTIVE"

    # A lookup and its entries.
    defaults = {"eventId": "Unknown", "description": "Unknown event"}
    lookup = lookups.create(LookupCreate(
        name="Events", data_type="string", map_primary_key="eventId", data_defaults=defaults, emit_data_default=True,
        data_map=[{"eventId": "001", "description": "Search"}], tags=["web"],
    ))
    assert (lookup.description, lookup.map_entry_count, lookup.data_defaults, lookup.tags) == ("", 1, defaults, ["web"])
    assert lookups.get(lookup.id, expand=True).data_map == [{"eventId": "001", "description": "Search"}]
    changed = lookups.update(lookup.id, LookupUpdate(name="Web events", description="Of the shop", emit_data_default=False))
    assert (changed.name, changed.description, changed.emit_data_default, changed.data_defaults) == ("Web events", "Of the shop", False, defaults)
    assert lookup.id in [one.id for one in lookups.list(access_role="owner", page=1, per_page=100)]
    assert lookup.id in [one.id for one in lookups.paginate(per_page=2)]
    entries = [{"eventId": f"00{n}", "description": f"Event {n}", "price": n / 4} for n in (1, 2, 3)]
    assert lookups.upsert_entries(lookup.id, [*entries, {"eventId": "a b/c", "description": "?"}])[:3] == entries
    assert lookups.get(lookup.id).map_entry_count == 4
    assert lookups.get_entries(lookup.id, "001") == entries[:1]
    assert lookups.get_entries(lookup.id, ["001", "003", "004"]) == [entries[0], entries[2]]
    assert lookups.get_entries(lookup.id, "00*") == entries
    assert lookups.get_entries(lookup.id, "a%20b%2Fc")[0]["description"] == "?"
    assert lookups.delete_entries(lookup.id, "003")["message"] == "1 entry was deleted."
    assert lookups.delete_entries(lookup.id, ["001", "a*"])["code"]
    assert lookups.get_entries(lookup.id, ["001", "002", "003"]) == entries[1:2]
    lookup_copy = lookups.copy(lookup.id)
    assert lookup_copy.copied_from_id == lookup.id and lookup_copy.map_entry_count == 1

    # Flows.
    flow = flows.get_by_resource("data_sinks", sink.id)
    flow_id = flow.flows[0].id
    assert [one.id for one in flow.data_sources] == [source.id]
    assert flows.get_by_resource("data_sets", child.id, flows_only=True).data_sources is None
    assert flows.get(flow_id, include_run_metrics=True).metrics[0].records >= 0
    assert flows.get(flow_id, flows_only=True).flows[0].data_source_id == source.id
    listed = flows.list(include_run_metrics=True, page=1, per_page=100, access_role="owner")
    assert flow_id in [node.id for node in listed[0].flows]
    assert flows.list(flows_only=True)[0].data_sets is None
    assert flows.pause(flow_id, all=True, full_tree=True).data_sinks[0].status == "PAUSED"
    assert flows.pause(flow_id, all=True, async_mode=True) is not None
    assert flows.activate(flow_id, all=True, full_tree=True).data_sinks[0].status == "ACTIVE"
    assert flows.pause_by_resource("data_sinks", sink.id).flows[0].id == flow_id
    assert flows.activate_by_resource("data_sources", source.id, all=True).flows[0].id == flow_id
    assert sources.pause(source.id).status == "PAUSED"
    assert nexsets.pause(child.id).status == "PAUSED"
    assert destinations.pause(sink.id).status == "PAUSED"
    flows.activate_by_resource("data_sets", nexset.id, full_tree=True)

    # Metrics and logs.
    today = datetime.datetime.now(datetime.timezone.utc).date()
    tomorrow = (today + datetime.timedelta(days=1)).isoformat()
    today = today.isoformat()

    def arrived():
        days = metrics.get_resource_daily_metrics("data_sinks", sink.id, from_date=today, to_date=tomorrow).metrics
        return sum(day["records"] for day in days)

    delivered = wait_until(arrived)
    by_run = metrics.get_resource_metrics_by_run("data_sources", source.id, groupby="runId", orderby="runId", page=1, size=10)
    assert sum(run["records"] for run in by_run.metrics["data"]) == COUNT
    assert sum(run["errors"] for run in by_run.metrics["data"]) == 1
    run_id = next(run["runId"] for run in by_run.metrics["data"] if run["records"] > 0)
    assert metrics.get_rate_limits()
    assert metrics.get_resource_flow_metrics("data_sources", source.id)["flows"]
    assert metrics.get_resource_flow_metrics("data_sources", source.id, "metrics")
    by_day = MetricsResponse(**metrics.get_resource_flow_metrics("data_sinks", sink.id, "daily")).metrics
    assert [ResourceMetricDaily(**day) for day in by_day] and all(day["data_sources"] or day["data_sinks"] for day in by_day)
    assert sum(day["records"] for day in by_day) == delivered
    assert metrics.get_resource_flow_metrics("data_sinks", sink.id, "total")["metrics"]["data_sinks"][0]["metric"]["records"] == delivered
    assert metrics.get_flow_metrics_summary("daily")["metrics"]
    assert metrics.get_flow_metrics_summary("total")["metrics"]
    for resource in (metrics.get_flow_metrics, flows.get_metrics):
        answer = resource("data_sinks", sink.id, from_date=today, to_date=tomorrow, groupby="runId", orderby="runId", page=1, per_page=10)
        assert isinstance(answer, FlowMetricsApiResponse), answer
        assert sum(each["data_sinks"][0]["metric"]["records"] for each in answer.metrics.data.values() if each["data_sinks"]) == delivered
    now_ms = int(datetime.datetime.now().timestamp() * 1000) + 60_000
    for resource in (metrics.get_flow_logs, flows.get_logs):
        answer = resource("data_sources", source.id, run_id=run_id, from_ts=now_ms - 3_600_000, to_ts=now_ms, page=1, per_page=2)
        assert isinstance(answer, FlowLogsResponse), answer
        assert len(answer.logs) == 2 and answer.logs[0].message and answer.logs[0].timestamp.year >= 2020
        assert answer.meta.total_count > 2 and answer.meta.run_id == run_id
    assert flows.get_flow_logs(flow_id, from_date=today, to_date=tomorrow, run_id=run_id, page=1, per_page=5)["logs"]
    found = flows.search_flow_logs(flow_id, run_ids=[run_id], severity=["WARNING", "ERROR"], log_type="LOG", from_date=today, to_date=tomorrow, size=5, sort="asc", facets=True)
    assert found["logs"]
    assert flows.search_flow_logs(flow_id, search_string="no such words")["logs"] in ([], {"data": []}) or not found_lines(flows.search_flow_logs(flow_id, search_string="no such words"))
    assert flows.get_run_status(flow_id, run_id)["status"]
    assert flows.get_active_flows_metrics(from_date=today, to_date=tomorrow)["metrics"] is not None
    assert len(nexsets.get_samples(child.id, count=3)) == 3
    with_metadata = nexsets.get_samples(nexset.id, count=1, include_metadata=True, live=True)[0]
    assert (with_metadata.raw_message if hasattr(with_metadata, "raw_message") else with_metadata["rawMessage"])["order_id"] >= 0

    # Copies.
    copied = flows.copy(flow_id, FlowCopyOptions(reuse_data_credentials=True, copy_access_controls=True, copy_dependent_data_flows=True))
    assert copied.data_sources[0].copied_from_id == source.id
    replaced = flows.copy_and_replace_credentials(flow_id, {source.id: other_id, sink.id: other_id})
    assert {one.data_credentials_id for one in [*replaced.data_sources, *replaced.data_sinks]} == {other_id}
    source_copy = sources.copy(source.id, SourceCopyOptions(reuse_data_credentials=True))
    assert source_copy.copied_from_id == source.id and source_copy.id != source.id
    nexset_copy = nexsets.copy(child.id, NexsetCopyOptions(copy_access_controls=True))
    assert nexset_copy.copied_from_id == child.id
    sink_copy = destinations.copy(sink.id, DestinationCopyOptions(reuse_data_credentials=True))
    assert sink_copy.copied_from_id == sink.id

    # Accessors and audit log, of each resource.
    user = UserAccessorRequest(email=me["email"], access_roles=["operator"])
    org = OrgAccessorRequest(id=me["org_memberships"][0]["id"], access_roles=["collaborator"])
    for resource, number in ((credentials, credential.id), (sources, source.id), (nexsets, child.id), (destinations, sink.id), (lookups, lookup.id), (flows, flow_id)):
        assert accessors(client, resource, number, lambda: resource.replace_accessors(number, [org])) == {"ORG": ["collaborator"]}
        both = {"ORG": ["collaborator"], "USER": ["operator"]}
        assert accessors(client, resource, number, lambda: resource.add_accessors(number, [user])) == both
        assert accessors(client, resource, number, lambda: resource.get_accessors(number)) == both
        assert accessors(client, resource, number, lambda: resource.delete_accessors(number, [user])) == {"ORG": ["collaborator"]}
        assert resource.delete_accessors(number) == []
        entries = resource.get_audit_log(number, from_date=today, to_date=tomorrow, page=1, per_page=100)
        assert entries and {"event", "change_summary", "object_changes", "user", "created_at"} <= entries[0].keys()
    updates = sources.get_audit_log(source.id, event_filter="update", change_filter="description")
    assert updates and all("description" in entry["object_changes"] for entry in updates)

    # Errors as the client's classes, then everything goes.
    with pytest.raises(NotFoundError):
        sources.get(999_999_999)
    with pytest.raises(NotFoundError, match="lookup 999999999"):
        lookups.get_entries(999_999_999, "a")
    with pytest.raises(ValidationError, match="eventId"):
        lookups.upsert_entries(lookup.id, [{"id": "001"}])
    with pytest.raises(ValidationError, match="jsn"):
        sources.update(source.id, SourceUpdate(source_config={"path": "every/in", "file_format": "jsn"}))
    assert destinations.delete(sink_copy.id)["code"]
    nexsets.delete(nexset_copy.id)
    assert sources.delete(source_copy.id)["code"]
    flows.pause(replaced.flows[0].id, all=True)
    assert flows.delete(replaced.flows[0].id)["code"]
    flows.pause_by_resource("data_sources", copied.data_sources[0].id, all=True)
    assert flows.delete_by_resource("data_sources", copied.data_sources[0].id)["code"]
    assert credentials.delete(other_id)["code"]
    assert lookups.delete(lookup_copy.id)["code"]
    missed = {name: one.missed(name) for name, one in zip(RESOURCES, noted)}
    assert not any(missed.values()), missed


def accessors(client, resource, number, call):
    """Roles by kind after a call. Version 1.0.8 of the client cannot parse any answer but an empty one: it calls `model_validate` of a Union."""
    with pytest.raises(AttributeError, match="model_validate"):
        call()
    answer = client.request("GET", f"{resource.resource._path}/{number}/accessors")
    parsed = [TypeAdapter(AccessorResponse).validate_python(one) for one in answer]
    return {str(one.type.value if hasattr(one.type, "value") else one.type): [str(getattr(role, "value", role)) for role in one.access_roles] for one in parsed}


def finished(answer):
    return answer if answer["status"] not in ("pending", "running") else None


def found_lines(answer):
    logs = answer["logs"]
    return logs["data"] if isinstance(logs, dict) else logs
