"""Orders with values that tools like to lose, and an independent computation of what must arrive."""

import datetime
import decimal
import json

STATUSES = ["NEW", "PAID", "SHIPPED", "CANCELLED"]


def order(number: int) -> dict:
    items = [
        {"sku": f"SKU-{(number * 7 + k) % 9999}", "qty": 1 + (number + k) % 9, "unitPrice": f"{(number * 37 + k * 11) % 20000 / 100:.2f}"}
        for k in range(1 + number % 3)
    ]
    return {
        "order_id": 9007199254740993 + number,
        "status": STATUSES[number % 4],
        "created_at": f"2026-01-{1 + number % 28:02d}T{number % 24:02d}:00:{number % 60:02d}.123456Z",
        "ordered_on": f"2026-01-{1 + number % 28:02d}",
        "local_time": f"2026-03-{1 + number % 28:02d}T02:30:00",
        "amount": f"{(number * 1237) % 1000000 / 100:.2f}",
        "customer": {"id": number % 5000, "name": "Zoë 😀" if number % 2 else "", "tags": ["a", "b"][: number % 3]},
        "note": None if number % 3 == 0 else ("" if number % 3 == 1 else "hello"),
        "line_items": items,
    }


def as_json(value: dict) -> str:
    """JSON with exact numbers: decimals are written as they are, never through a float."""
    text = json.dumps(value, ensure_ascii=False)
    for item in value["line_items"]:
        text = text.replace(f'"unitPrice": "{item["unitPrice"]}"', f'"unitPrice": {item["unitPrice"]}', 1)
    return text.replace(f'"amount": "{value["amount"]}"', f'"amount": {value["amount"]}')


def expected(value: dict) -> dict:
    utc = datetime.timezone.utc
    return {
        "order_id": value["order_id"],
        "status": value["status"],
        "created_at": datetime.datetime.fromisoformat(value["created_at"].replace("Z", "+00:00")).astimezone(utc),
        "ordered_on": datetime.date.fromisoformat(value["ordered_on"]),
        "local_time": datetime.datetime.fromisoformat(value["local_time"]),
        "amount": decimal.Decimal(value["amount"]),
        "customer": value["customer"],
        "note": value["note"],
        "line_items": [{**item, "unitPrice": decimal.Decimal(item["unitPrice"])} for item in value["line_items"]],
    }
