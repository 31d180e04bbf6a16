"""The guide's first pattern, "Amazon S3 (Batch Files)", word for word (names of buckets and keys aside)."""

import pyarrow.dataset
import pyarrow.parquet
from conftest import wait_until
from orders import as_json, expected, order

COUNT = 5000


def put_orders(files, folder, count=COUNT, parts=4, broken=()):
    for part in range(parts):
        lines = [as_json(order(n)) for n in range(part, count, parts)]
        for index, bad in enumerate(broken):
            if index % parts == part:
                lines.insert(len(lines) // 2, bad)
        with files.open_output_stream(f"{folder}/part-{part}.json") as out:
            out.write(("\n".join(lines) + "\n").encode())


def parquet_below(files, folder):
    selector = pyarrow.fs.FileSelector(folder, recursive=True, allow_not_found=True)
    return sorted(info.path for info in files.get_file_info(selector) if info.path.endswith(".parquet"))


def read_back(files, folder):
    """With pyarrow's own S3 client and Parquet reader; one table per file, so that types are seen as written."""
    return [pyarrow.parquet.read_table(path, filesystem=files) for path in parquet_below(files, folder)]


def test_guide_s3_batch_files(s3, sdk_environment):
    """PROMISE-GUIDE-S3"""
    files = s3["files"]
    files.create_dir("raw")
    files.create_dir("analytics")
    put_orders(files, "raw/orders", broken=['{"order_id": 1, "status":', "not json at all"])
    SERVICE_KEY = sdk_environment["key"]

    from nexla_sdk import NexlaClient
    from nexla_sdk.models.credentials.requests import CredentialCreate
    from nexla_sdk.models.sources.requests import SourceCreate
    from nexla_sdk.models.destinations.requests import DestinationCreate
    from nexla_sdk.models.sources.enums import SourceType
    from nexla_sdk.models.destinations.enums import DestinationType

    client = NexlaClient(service_key=SERVICE_KEY)
    # Reusable credential for both the source and destination
    s3_cred = client.credentials.create(CredentialCreate(
        name="Ops S3",
        credentials_type="s3",
        credentials={
            "access_key_id": s3["accessKey"],
            "secret_access_key": s3["secretKey"],
            "region": "us-east-1",
            "endpoint": s3["endpoint"],  # ours: a store that is not AWS
        }
    ))
    # Source reads JSON objects on an hourly schedule
    orders_source = client.sources.create(SourceCreate(
        name="Orders Ingest",
        source_type=SourceType.S3.value,
        data_credentials_id=s3_cred.id,
        source_config={
            "path": "raw/orders/",
            "file_format": "json",
            "start.cron": "0 * * * *"  # hourly
        }
    ))
    client.sources.activate(orders_source.id)
    nexset = next(n for n in client.nexsets.list() if n.data_source_id == orders_source.id)
    # Destination writes Parquet snapshots back to S3
    orders_export = client.destinations.create(DestinationCreate(
        name="Orders Export",
        sink_type=DestinationType.S3.value,
        data_credentials_id=s3_cred.id,
        data_set_id=nexset.id,  # nexset you want to publish
        sink_config={
            "path": "analytics/orders/",
            "data_format": "parquet",
            "file_compression": "snappy"
        }
    ))
    client.destinations.activate(orders_export.id)

    tables = wait_until(lambda: complete(files, "analytics/orders", COUNT), 60)
    rows = [row for table in tables for row in table.to_pylist()]
    rows.sort(key=lambda row: row["order_id"])
    wanted = [expected(order(n)) for n in range(COUNT)]
    assert [row["order_id"] for row in rows] == [row["order_id"] for row in wanted]
    assert rows == wanted
    types = {field.name: str(field.type) for field in tables[0].schema}
    assert types["order_id"] == "int64"
    assert types["amount"].startswith("decimal128")
    assert types["created_at"] == "timestamp[us, tz=UTC]"
    assert types["local_time"] == "timestamp[us]"
    assert types["ordered_on"] == "date32[day]"
    assert types["line_items"].startswith("list<")
    compressions = {
        pyarrow.parquet.read_metadata(path, filesystem=files).row_group(0).column(0).compression
        for path in parquet_below(files, "analytics/orders")
    }
    assert compressions == {"SNAPPY"}


def complete(files, folder, count):
    """The tables once all rows are there; more rows than that is a failure, not a wait."""
    tables = read_back(files, folder)
    found = sum(table.num_rows for table in tables)
    assert found <= count, f"{found} rows arrived, {count} were sent"
    return tables if found == count else None
