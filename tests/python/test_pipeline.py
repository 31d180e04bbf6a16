"""The public "create and monitor a pipeline" sequence on the unmodified client."""

import datetime
import decimal

from conftest import wait_until
from orders import order
from test_guide_s3 import complete, put_orders

COUNT = 2000


def test_create_and_monitor_a_pipeline(s3, sdk_environment):
    """PROMISE-PIPELINE"""
    from nexla_sdk import NexlaClient
    from nexla_sdk.models.credentials.requests import CredentialCreate
    from nexla_sdk.models.destinations.requests import DestinationCreate
    from nexla_sdk.models.nexsets.requests import NexsetCreate
    from nexla_sdk.models.sources.requests import SourceCreate

    files = s3["files"]
    files.create_dir("pipeline")
    put_orders(files, "pipeline/in", count=COUNT)
    client = NexlaClient(service_key=sdk_environment["key"])

    credential = client.credentials.create(CredentialCreate(
        name="Pipeline S3",
        credentials_type="s3",
        credentials={"access_key_id": s3["accessKey"], "secret_access_key": s3["secretKey"], "region": "us-east-1", "endpoint": s3["endpoint"]},
    ))
    assert s3["secretKey"] not in credential.model_dump_json()
    assert client.credentials.probe(credential.id)["status"] in ("ok", "success")

    source = client.sources.create(SourceCreate(
        name="Pipeline orders",
        source_type="s3",
        data_credentials_id=credential.id,
        source_config={"path": "pipeline/in/", "file_format": "json", "start.cron": "0 0 * * * ?"},
    ))
    assert client.sources.activate(source.id).status == "ACTIVE"
    detected = [n for n in client.nexsets.list() if n.data_source_id == source.id]
    assert detected, "the nexset is there right after activation"

    lines = client.nexsets.create(NexsetCreate(
        name="Order lines",
        parent_data_set_id=detected[0].id,
        has_custom_transform=True,
        transform={
            "version": 1,
            "operations": [
                {"operation": "flatten", "path": "line_items", "alias": "item"},
                {"operation": "rename", "fields": {"order_id": "id", "item.qty": "qty"}},
                {"operation": "compute", "expression": "qty * item.unitPrice", "as": "line_total"},
                {"operation": "filter", "condition": "status != 'CANCELLED'"},
            ],
        },
    ))
    destination = client.destinations.create(DestinationCreate(
        name="Order lines export",
        sink_type="s3",
        data_credentials_id=credential.id,
        data_set_id=lines.id,
        sink_config={"path": "pipeline/out/", "data_format": "parquet", "file_compression": "zstd"},
    ))
    flow = client.flows.get_by_resource("data_sets", lines.id)
    activated = client.flows.activate(flow.flows[0].id, all=True)
    assert activated.flows[0].id == flow.flows[0].id

    wanted = sorted(
        (o["order_id"], item["sku"], item["qty"] * decimal.Decimal(item["unitPrice"]))
        for o in map(order, range(COUNT))
        if o["status"] != "CANCELLED"
        for item in o["line_items"]
    )
    tables = wait_until(lambda: complete(files, "pipeline/out", len(wanted)), 60)
    rows = [row for table in tables for row in table.to_pylist()]
    assert sorted((row["id"], row["item"]["sku"], row["line_total"]) for row in rows) == wanted

    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()

    def daily(kind, number):
        answer = client.metrics.get_resource_daily_metrics(kind, number, from_date=today)
        return sum(day["records"] if isinstance(day, dict) else day.records for day in answer.metrics)

    assert wait_until(lambda: daily("data_sinks", destination.id) == len(wanted), 20)
    assert daily("data_sets", detected[0].id) == COUNT
    summary = client.metrics.get_resource_metrics_by_run("data_sets", lines.id, groupby="runId", orderby="lastWritten")
    runs = summary.metrics["data"]
    assert sum(run["records"] for run in runs) == len(wanted)
    run_id = runs[0]["runId"]
    logs = client.flows.get_logs("data_sources", source.id, run_id=run_id, from_ts=0)
    assert logs.logs, "the run left a log"
    metrics = client.flows.get_metrics("data_sources", source.id, from_date=today)
    assert metrics.metrics.data["data_sinks"][0]["metric"]["records"] == len(wanted)
    samples = client.nexsets.get_samples(lines.id, count=5)
    assert len(samples) == 5
    paused = client.flows.pause(flow.flows[0].id, all=True)
    assert paused.flows
