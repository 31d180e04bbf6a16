"""A real Leat, a real S3 server and the unmodified nexla-sdk from PyPI."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.request

import pyarrow.fs
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE = ROOT / "node_modules" / ".bin" / "node"


def pytest_collection_modifyitems(items):
    """`-k PROMISE-…` finds a test by the id that its docstring begins with."""
    for item in items:
        item.extra_keyword_matches.update((item.obj.__doc__ or "").split()[:1])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what, seconds=60, every=0.1):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = what()
        if value:
            return value
        time.sleep(every)
    raise AssertionError(f"not reached within {seconds} s")


@contextlib.contextmanager
def s3_server():
    """The peer `versitygw`: endpoint, key, secret, and a file system of pyarrow's own S3 client on it."""
    peer = subprocess.Popen(
        [str(NODE), str(ROOT / "tools" / "peers" / "serve.ts"), "versitygw"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = peer.stdout.readline()
        if not line:
            pytest.fail("the S3 peer did not start")
        at = json.loads(line)
        if "skip" in at:
            pytest.skip(at["skip"])
        files = pyarrow.fs.S3FileSystem(
            access_key=at["accessKey"],
            secret_key=at["secretKey"],
            endpoint_override=at["endpoint"].removeprefix("http://"),
            scheme="http",
            region="us-east-1",
            allow_bucket_creation=True,
        )
        yield {**at, "files": files}
    finally:
        peer.stdin.close()
        peer.wait(10)


@pytest.fixture
def snowflake():
    """The peer `fakesnow`: where it is, and SQL to set up (`execute`, Snowflake's) and to look (`query`, DuckDB's, past the fake)."""
    peer = subprocess.Popen(
        [str(NODE), str(ROOT / "tools" / "peers" / "serve.ts"), "fakesnow"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def ask(what):
        def run(sql):
            peer.stdin.write(json.dumps({what: sql}) + "\n")
            peer.stdin.flush()
            answer = json.loads(peer.stdout.readline())
            assert "error" not in answer, answer["error"]
            return answer["rows"]

        return run

    try:
        line = peer.stdout.readline()
        if not line:
            pytest.fail("the Snowflake peer did not start")
        at = json.loads(line)
        if "skip" in at:
            pytest.skip(at["skip"])
        yield {**at, "execute": ask("execute"), "query": ask("query")}
    finally:
        peer.stdin.close()
        peer.wait(10)


@pytest.fixture(scope="session")
def s3():
    """One server for all tests; each uses buckets of its own."""
    with s3_server() as server:
        yield server


@pytest.fixture
def empty_s3():
    """A server of its own, for a test whose names of buckets are given."""
    with s3_server() as server:
        yield server


@pytest.fixture(scope="session")
def leat(tmp_path_factory):
    """A server with its workers on an empty data folder."""
    data = tmp_path_factory.mktemp("leat")
    local = tmp_path_factory.mktemp("local-files")
    port = free_port()
    environment = {
        **os.environ,
        "LEAT_DATA": str(data),
        "LEAT_PORT": str(port),
        "LEAT_LOCAL_FOLDERS": str(local),
        "LEAT_LOG": "json",
    }
    for name in ("NEXLA_SERVICE_KEY", "NEXLA_ACCESS_TOKEN", "NEXLA_API_URL", "DATABASE_URL", "LEAT_STORE"):
        environment.pop(name, None)
    log = open(data / "server.log", "w")
    server = subprocess.Popen([str(ROOT / "leat"), "start"], env=environment, stdout=log, stderr=subprocess.STDOUT)
    base = f"http://127.0.0.1:{port}"

    def ready():
        assert server.poll() is None, (data / "server.log").read_text()[-4000:]
        try:
            with urllib.request.urlopen(f"{base}/health/ready", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    wait_until(ready, 60)
    yield {"url": f"{base}/api", "key": (data / "service-key").read_text().strip(), "local": local, "data": data}
    server.send_signal(signal.SIGTERM)
    server.wait(20)


def settle(leat, quick=1.5, patience=150):
    """
    Waits until the machine has time. An activation waits up to five seconds for the first records, so that the examples can list the nexset right after
    it; where other programs leave no processor, nothing is that quick. A source that asks this server for its own health is a rehearsal.
    """

    def call(method, path, authorization, body=None):
        headers = {"Authorization": authorization, "Content-Type": "application/json"}
        raw = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(leat["url"] + path, raw, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"{}")

    token = "Bearer " + call("POST", "/token", f"Basic {leat['key']}")["access_token"]
    health = leat["url"].removesuffix("/api") + "/health/live"
    source = {"name": "Rehearsal", "source_type": "rest", "template_config": {"request": {"url": health}}}
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        number = call("POST", "/data_sources", token, source)["id"]
        begun = time.monotonic()
        call("PUT", f"/data_sources/{number}/activate", token)
        took = time.monotonic() - begun
        found = call("GET", f"/data_sources/{number}", token)["data_sets"]
        call("PUT", f"/data_sources/{number}/pause", token)
        call("DELETE", f"/data_sources/{number}/flow", token)
        if found and took < quick:
            return


@pytest.fixture
def sdk_environment(leat, monkeypatch):
    """What a user of the public client sets; the examples themselves stay word for word."""
    settle(leat)
    monkeypatch.setenv("NEXLA_API_URL", leat["url"])
    return leat
