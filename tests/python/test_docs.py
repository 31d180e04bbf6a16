"""The Python blocks of the docs, run as they stand."""

import re

from conftest import ROOT, wait_until
from orders import order
from test_guide_s3 import complete, put_orders
from test_guide_snowflake import TABLE, delivered, rows_of, source_of
from test_guide_snowflake import put_orders as put_local_orders

COUNT = 500


def block(page, tag):
    """The only block of the page that opens with this tag."""
    found = re.findall(rf"^```{tag}\n(.*?)^```$", (ROOT / "docs" / page).read_text(), re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"{page} has {len(found)} blocks ```{tag}"
    return found[0]


def filled(text, places):
    """Each place occurs once, so that the text that runs is the text that is read."""
    for place, value in places.items():
        assert text.count(place) == 1, f"{place} occurs {text.count(place)} times"
        text = text.replace(place, value)
    return text


def test_docs_s3(empty_s3, sdk_environment):
    """PROMISE-DOCS-S3-PY"""
    files = empty_s3["files"]
    files.create_dir("raw")
    files.create_dir("analytics")
    put_orders(files, "raw/orders", count=COUNT)
    names = {}
    region = '"region": "us-east-1"'
    exec(filled(block("guides/amazon-s3.md", "python source"), {
        "<SERVICE_KEY>": sdk_environment["key"],
        "AKIA...": empty_s3["accessKey"],
        "***": empty_s3["secretKey"],
        region: f'{region}, "endpoint": "{empty_s3["endpoint"]}"',
    }), names)
    client, source = names["client"], names["orders_source"]
    nexset = next(each for each in client.nexsets.list() if each.data_source_id == source.id)
    exec(filled(block("guides/amazon-s3.md", "python destination"), {"123456": str(nexset.id)}), names)

    tables = wait_until(lambda: complete(files, "analytics/orders", COUNT), 60)
    arrived = sorted(row["order_id"] for table in tables for row in table.to_pylist())
    assert arrived == [order(number)["order_id"] for number in range(COUNT)]


def test_docs_webhook(sdk_environment):
    """PROMISE-DOCS-WEBHOOK-PY"""
    names = {}
    exec(filled(block("guides/webhooks.md", "python webhook"), {"<SERVICE_KEY>": sdk_environment["key"]}), names)
    client, source, answer = names["client"], names["source"], names["answer"]
    assert answer.processed == 2
    assert answer.dataset_id == source.data_sets[0].id
    samples = wait_until(lambda: len(client.nexsets.get_samples(answer.dataset_id, count=10)) == 2, 60)
    assert samples


def test_docs_snowflake(snowflake, sdk_environment):
    """PROMISE-DOCS-SNOWFLAKE-PY"""
    from nexla_sdk import NexlaClient

    snowflake["execute"](TABLE)
    folder = sdk_environment["local"] / "snowflake-docs"
    put_local_orders(folder, "orders.json", [order(n) for n in range(COUNT)])
    _, nexset = source_of(NexlaClient(service_key=sdk_environment["key"]), folder)
    names = {}
    role = '"role": "SYSADMIN"\n    }\n))\nsnowflake_sink'
    exec(filled(block("guides/snowflake.md", "python destination"), {
        "<SERVICE_KEY>": sdk_environment["key"],
        "***": snowflake["password"],
        "123456": str(nexset.id),
        role: role.replace("\n", f', "access_url": "{snowflake["accessUrl"]}"\n', 1),
    }), names)
    delivered(names["client"], names["snowflake_sink"], COUNT)
    assert [int(row["ORDER_ID"]) for row in rows_of(snowflake)] == [order(n)["order_id"] for n in range(COUNT)]
