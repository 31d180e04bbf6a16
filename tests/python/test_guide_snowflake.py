"""The guide's second pattern, "Snowflake (Cloud Warehouse)", word for word (the password and the address aside)."""

import json

from conftest import wait_until
from orders import as_json, order

COUNT = 2000
TABLE = (
    "CREATE TABLE RAW.STAGING.ORDERS (ORDER_ID NUMBER(38,0) NOT NULL, STATUS VARCHAR, CREATED_AT TIMESTAMP_TZ, ORDERED_ON DATE,"
    " LOCAL_TIME TIMESTAMP_NTZ, AMOUNT NUMBER(12,2), CUSTOMER VARIANT, NOTE VARCHAR, LINE_ITEMS VARIANT)"
)


def put_orders(folder, name, orders):
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("".join(f"{as_json(each)}\n" for each in orders))


def source_of(client, folder):
    from nexla_sdk.models.sources.requests import SourceCreate

    source = client.sources.create(SourceCreate(
        name="Orders", source_type="local_file",
        source_config={"path": str(folder), "file_format": "json"},
    ))
    client.sources.activate(source.id)
    return source, next(each for each in client.nexsets.list() if each.data_source_id == source.id)


def rows_of(snowflake, columns="*"):
    return snowflake["query"](f"SELECT {columns} FROM RAW.STAGING.ORDERS ORDER BY ORDER_ID")


def delivered(client, sink, count):
    """Waits until the destination has taken this many records, the unchanged ones too."""
    def done():
        answer = client.metrics.get_resource_daily_metrics("data_sinks", sink.id, from_date="2000-01-01")
        return sum(day["records"] or 0 for day in answer.metrics) >= count
    wait_until(done, 60)


def test_guide_snowflake(snowflake, sdk_environment):
    """PROMISE-GUIDE-SNOWFLAKE"""
    snowflake["execute"](TABLE)
    folder = sdk_environment["local"] / "snowflake"
    put_orders(folder, "first.json", [order(n) for n in range(COUNT)])
    SERVICE_KEY = sdk_environment["key"]

    from nexla_sdk import NexlaClient
    from nexla_sdk.models.credentials.requests import CredentialCreate
    from nexla_sdk.models.destinations.requests import DestinationCreate
    from nexla_sdk.models.destinations.enums import DestinationType

    client = NexlaClient(service_key=SERVICE_KEY)
    source, nexset = source_of(client, folder)
    snowflake_cred = client.credentials.create(CredentialCreate(
        name="Snowflake Warehouse",
        credentials_type="snowflake",
        credentials={
            "account": "my_account",
            "user": "INGEST_SERVICE",
            "password": snowflake["password"],
            "warehouse": "LOAD_WH",
            "database": "RAW",
            "schema": "STAGING",
            "role": "SYSADMIN",
            "access_url": snowflake["accessUrl"],  # ours: a stand-in for the service
        }
    ))
    snowflake_sink = client.destinations.create(DestinationCreate(
        name="Orders to Snowflake",
        sink_type=DestinationType.SNOWFLAKE.value,
        data_credentials_id=snowflake_cred.id,
        data_set_id=nexset.id,
        sink_config={
            "table": "RAW.STAGING.ORDERS",
            "load_type": "merge",  # or "append"
            "key_columns": ["order_id"],
            "role": "SYSADMIN"
        }
    ))
    client.destinations.activate(snowflake_sink.id)

    delivered(client, snowflake_sink, COUNT)
    first = rows_of(snowflake)
    assert [int(row["ORDER_ID"]) for row in first] == [order(n)["order_id"] for n in range(COUNT)]
    for row, wanted in zip(first, (order(n) for n in range(COUNT))):
        assert (row["STATUS"], row["AMOUNT"], row["NOTE"]) == (wanted["status"], wanted["amount"], wanted["note"])
        assert row["CREATED_AT"].startswith(wanted["created_at"].replace("T", " ").rstrip("Z"))
        assert row["LOCAL_TIME"] == wanted["local_time"].replace("T", " ")
        assert row["ORDERED_ON"] == wanted["ordered_on"]
        assert json.loads(row["CUSTOMER"]) == wanted["customer"]
        assert [item["sku"] for item in json.loads(row["LINE_ITEMS"])] == [item["sku"] for item in wanted["line_items"]]

    # The same orders once more change nothing; one changed order changes one row.
    put_orders(folder, "again.json", [order(n) for n in range(COUNT)])
    run_again(client, source)
    delivered(client, snowflake_sink, 2 * COUNT)
    assert rows_of(snowflake) == first
    put_orders(folder, "changed.json", [{**order(7), "status": "RETURNED"}])
    run_again(client, source)
    delivered(client, snowflake_sink, 2 * COUNT + 1)
    changed = rows_of(snowflake)
    assert [row["ORDER_ID"] for row, old in zip(changed, first) if row != old] == [first[7]["ORDER_ID"]]
    assert changed[7] == {**first[7], "STATUS": "RETURNED"} and len(changed) == COUNT


def run_again(client, source):
    client.sources.pause(source.id)
    client.sources.activate(source.id)
