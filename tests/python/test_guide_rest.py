"""The guide's third pattern, "REST / HTTP APIs (Templatized)", word for word (the address of the API aside)."""

import http.server
import json
import threading
import urllib.parse

import pytest
from conftest import wait_until
from test_docs import block, filled

TOKEN = "crm-token-5d1f"
COUNT = 230
PAGE = 100


def contact(number):
    return {"id": 9007199254740993 + number, "email": f"user{number}@example.com", "score": 8.7, "tags": ["a", None]}


class Crm(http.server.BaseHTTPRequestHandler):
    """Contacts in pages; `next_page` is a cursor. Remembers what it was asked for."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        self.server.seen.append({"path": url.path, **query, "authorization": self.headers.get("Authorization")})
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.answer(401, {"error": "who are you?"})
        start = int(query.get("next_page", "0"))
        following = start + PAGE if start + PAGE < COUNT else None
        records = [contact(n) for n in range(start, min(start + PAGE, COUNT))]
        return self.answer(200, {"data": records, "next_page": following and str(following)})

    def answer(self, status, body):
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_):
        pass


class Orders(Crm):
    """One order of whatever region is asked for."""

    def do_GET(self):
        self.server.seen.append(self.path)
        return self.answer(200, {"data": [{"id": len(self.server.seen)}]})


@pytest.fixture
def crm():
    yield from served(Crm)


@pytest.fixture
def orders_api():
    yield from served(Orders)


def served(handler):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.seen = []
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def chains(seen):
    """Requests by the value of `updated_after`, in order of appearance."""
    found = {}
    for request in seen:
        found.setdefault(request["updated_after"], []).append(request.get("next_page"))
    return found


def test_guide_rest(crm, sdk_environment):
    """PROMISE-GUIDE-REST"""
    SERVICE_KEY = sdk_environment["key"]

    from nexla_sdk import NexlaClient
    from nexla_sdk.exceptions import NexlaError
    from nexla_sdk.models.credentials.requests import CredentialCreate
    from nexla_sdk.models.sources.requests import SourceCreate, SourceUpdate
    from nexla_sdk.models.sources.enums import SourceType

    client = NexlaClient(service_key=SERVICE_KEY)
    api_source = client.sources.create(SourceCreate(
        name="CRM Contacts API",
        source_type=SourceType.REST.value,
        ingest_method="POLL",
        template_config={
            "request": {
                "method": "GET",
                "url": f"{crm.url}/v1/contacts",
                "headers": {"Authorization": "Bearer ${CREDENTIAL.token}"},
                "query_params": {"updated_after": "${LAST_SUCCESS_AT}"}
            },
            "pagination": {"type": "cursor", "cursor_field": "next_page"}
        }
    ))
    assert api_source.template_config["pagination"] == {"type": "cursor", "cursor_field": "next_page"}
    with pytest.raises(NexlaError, match=r"\$\{CREDENTIAL\.token\}"):
        client.sources.activate(api_source.id)
    assert crm.seen == []

    # The credential that the placeholder is resolved with
    crm_cred = client.credentials.create(CredentialCreate(
        name="CRM token", credentials_type="rest", credentials={"token": TOKEN}
    ))
    client.sources.update(api_source.id, SourceUpdate(data_credentials_id=crm_cred.id))
    client.sources.activate(api_source.id)
    nexset = next(n for n in client.nexsets.list() if n.data_source_id == api_source.id)

    first = wait_until(lambda: finished(client, api_source.id, 1))[0]
    assert chains(crm.seen) == {"1970-01-01T00:00:00Z": [None, "100", "200"]}
    assert (first["status"], first["records_written"], first["verdict"]["outcome"]) == ("DONE", COUNT, "unknown")
    samples = client.nexsets.get_samples(nexset.id, count=3)
    assert len(samples) == 3

    client.sources.activate(api_source.id)
    second = wait_until(lambda: finished(client, api_source.id, 2))[0]
    since = list(chains(crm.seen))[1]
    assert first["started_at"][:19] == since[:19] and since.endswith("Z")
    assert chains(crm.seen)[since] == [None, "100", "200"]
    client.sources.activate(api_source.id)
    wait_until(lambda: finished(client, api_source.id, 3))
    moments = list(chains(crm.seen))
    assert moments == sorted(moments) and len(moments) == 3
    assert second["started_at"][:19] == moments[2][:19]


def finished(client, source_id, count):
    """The runs of the source, newest first, once so many are over."""
    runs = client.request("GET", f"/data_sources/{source_id}/runs")
    return runs if len(runs) >= count and all(run["status"] not in ("QUEUED", "RUNNING") for run in runs) else None


def test_docs_rest(crm, sdk_environment):
    """PROMISE-DOCS-REST-PY"""
    names = {}
    exec(filled(block("guides/rest-apis.md", "python source"), {
        "<SERVICE_KEY>": sdk_environment["key"],
        "***": TOKEN,
        "https://api.example.com": crm.url,
    }), names)
    run = wait_until(lambda: finished(names["client"], names["api_source"].id, 1))[0]
    assert (run["status"], run["records_written"]) == ("DONE", COUNT)


def test_docs_lookups(orders_api, sdk_environment):
    """PROMISE-DOCS-LOOKUPS"""
    names = {}
    exec(filled(block("guides/lookups.md", "python lookup"), {
        "<SERVICE_KEY>": sdk_environment["key"],
        "https://api.example.com": orders_api.url,
    }), names)
    client, regions, orders = names["client"], names["regions"], names["orders"]
    assert [one["code"] for one in client.lookups.get_entries(regions.id, "*")] == ["eu", "us"]
    run = wait_until(lambda: finished(client, orders.id, 1))[0]
    assert (run["status"], run["records_written"]) == ("DONE", 2)
    assert orders_api.seen == ["/orders?region=eu", "/orders?region=us"]
