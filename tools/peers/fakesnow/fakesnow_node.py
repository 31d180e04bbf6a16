"""fakesnow 0.12.1 as the Node driver snowflake-sdk needs it, and closer to the service where tests depend on it.

Runs as `python fakesnow_node.py <port>`. Environment: FAKESNOW_USERS {name: password or public key (PEM)},
FAKESNOW_ROLES, FAKESNOW_WAREHOUSES (comma separated), FAKESNOW_CONTROL (secret of the two routes below).

Routes that Snowflake does not have, for tests: POST /control/sent gives the statements that came; POST /control/query runs DuckDB SQL on what is committed, past everything of fakesnow;
POST /control/execute runs one Snowflake statement, for setting things up.
"""

import asyncio
import base64
import datetime as dt
import decimal
import gzip
import hashlib
import json
import math
import os
import re
import shutil
import sys
import threading
from urllib.parse import parse_qsl

import duckdb
import fakesnow.copy_into as copying
import fakesnow.cursor as cursors
import fakesnow.info_schema as info_schema
import fakesnow.server as server
import jwt
import uvicorn
import snowflake.connector.errors as errors
from cryptography.hazmat.primitives import serialization
from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.transforms import stage
from sqlglot import exp
from starlette.responses import JSONResponse
from starlette.routing import Route

USERS = json.loads(os.environ.get("FAKESNOW_USERS", "{}"))
ROLES = {name.upper() for name in os.environ.get("FAKESNOW_ROLES", "PUBLIC").split(",")}
WAREHOUSES = {name.upper() for name in os.environ.get("FAKESNOW_WAREHOUSES", "").split(",")}
CONTROL = os.environ.get("FAKESNOW_CONTROL", "")

# Databases and schemas are made by statements only, as in the service.
server.shared_fs.create_database_on_connect = False
server.shared_fs.create_schema_on_connect = False

# ---- results: JSON rows instead of Arrow, which the Node driver does not read ---------------------------------------
EPOCH = dt.datetime(1970, 1, 1)
FORMATS = {
    "DATE_OUTPUT_FORMAT": "YYYY-MM-DD",
    "TIME_OUTPUT_FORMAT": "HH24:MI:SS",
    "TIMESTAMP_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM",
    "TIMESTAMP_NTZ_OUTPUT_FORMAT": "YYYY-MM-DD HH24:MI:SS.FF3",
    "TIMESTAMP_LTZ_OUTPUT_FORMAT": "",
    "TIMESTAMP_TZ_OUTPUT_FORMAT": "",
    "BINARY_OUTPUT_FORMAT": "HEX",
}


def cell(value, kind):
    """A value in the text form of the JSON result format: times as seconds since 1970 with fractions, days as a number."""
    kind = kind.lower()
    if value is None:
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, dt.datetime):
        offset = ""
        if value.tzinfo is not None:
            minutes = int(value.utcoffset().total_seconds() // 60)
            value = value.astimezone(dt.timezone.utc).replace(tzinfo=None)
            offset = f" {minutes + 1440}" if kind == "timestamp_tz" else ""
        since = value - EPOCH
        micros = (since.days * 86400 + since.seconds) * 10**6 + since.microseconds
        sign = "-" if micros < 0 else ""
        return f"{sign}{abs(micros) // 10**6}.{abs(micros) % 10**6:06d}000{offset}"
    if isinstance(value, dt.date):
        return str((value - dt.date(1970, 1, 1)).days)
    if isinstance(value, dt.time):
        return f"{value.hour * 3600 + value.minute * 60 + value.second}.{value.microsecond:06d}000"
    if isinstance(value, (bytes, bytearray)):
        return value.hex().upper()
    if isinstance(value, (dict, list)):
        return json.dumps(value, default=str)
    return str(value)


def json_rows(pair):
    table, rowtype = pair
    kinds = [column["type"] for column in rowtype]
    rows = zip(*[column.to_pylist() for column in table.columns])
    return json.dumps([[cell(value, kind) for value, kind in zip(row, kinds)] for row in rows]).encode()


server.to_sf = lambda table, rowtype: (table, rowtype)
server.to_ipc = json_rows

# ---- bindings: decimals and nulls in FIXED, nulls anywhere ----------------------------------------------------------
plain_binding = server.from_binding


def from_binding(binding):
    value = binding.get("value")
    if value is None:
        return None
    if binding["type"] == "FIXED" and not re.fullmatch(r"[+-]?\d+", value):
        return decimal.Decimal(value)
    return plain_binding(binding)


server.from_binding = from_binding

# ---- PUT: the upload of the driver's GCS path, over HTTP ------------------------------------------------------------
plain_stage_info = server.gcs_stage_info
server.gcs_stage_info = lambda request, expression, data: {
    **plain_stage_info(request, expression, data),
    "region": "us-central1",
    "useRegionalUrl": False,
    "isClientSideEncrypted": False,
}

# ---- COPY INTO ------------------------------------------------------------------------------------------------------
plain_urls = copying._source_urls
copying._source_urls = lambda source, files: (
    [f"{source.rstrip('/')}/{name}" for name in files] if stage.is_internal(source) else plain_urls(source, files)
)
IGNORED_CSV = set(
    "DATE_FORMAT TIME_FORMAT TIMESTAMP_FORMAT ENCODING RECORD_DELIMITER TRIM_SPACE ERROR_ON_COLUMN_COUNT_MISMATCH BINARY_FORMAT"
    " REPLACE_INVALID_CHARACTERS SKIP_BLANK_LINES ESCAPE MULTI_LINE SKIP_BYTE_ORDER_MARK EMPTY_FIELD_AS_NULL".split()
)
plain_csv = copying.handle_csv
copying.handle_csv = lambda options: plain_csv({k: v for k, v in options.items() if k not in IGNORED_CSV})

local = threading.local()
plain_glob, plain_copy, plain_strip = copying._source_glob, cursors.copy_into, copying._strip_json_extract


def source_glob(source, connection):
    urls = plain_glob(source, connection)
    pattern = getattr(local, "pattern", None)
    if not pattern:
        return urls

    def inner(url):
        return stage.internal_file_name(url).split("/", 1)[-1] if stage.is_internal(url) else url

    return [url for url in urls if re.fullmatch(pattern, inner(url))]


def copy_into(connection, database, schema, expression, stages, params=None):
    """With PATTERN = '<regex>'."""
    given = expression.args.get("params") or []
    patterns = [param for param in given if param.this.name.upper() == "PATTERN"]
    local.pattern = patterns[0].expression.name if patterns else None
    if patterns:
        expression = expression.copy()
        kept = [param for param in expression.args["params"] if param.this.name.upper() != "PATTERN"]
        expression.set("params", kept)
    local.connection = connection
    try:
        return plain_copy(connection, database, schema, expression, stages, params)
    finally:
        local.pattern = local.connection = None


plain_read = copying.ReadCSV.read_expression


def read_csv(self, url):
    """Also: DuckDB pads names (column00) from 11 columns on; fakesnow expects column0."""
    expression = plain_read(self, url)
    # "" is the empty text and an empty field is NULL, as with EMPTY_FIELD_AS_NULL and no NULL_IF
    expression.append("expressions", self.make_eq("allow_quoted_nulls", False))
    connection = getattr(local, "connection", None)
    count = 0
    if connection:
        count = len(connection.execute(f"DESCRIBE SELECT * FROM {expression.sql(dialect='duckdb')}").fetchall())
    if count > 10:
        expression.append("expressions", self.make_eq("names", [f"column{i}" for i in range(count)]))
    return expression


def strip_json_extract(select):
    """COPY INTO t FROM (SELECT $1, UPPER($2) FROM @csv_stage)"""
    for param in list(select.find_all(exp.Parameter)):
        outer = param.parent.expression if param.parent is not None else None
        if not (outer is not None and getattr(outer, "find", None) and outer.find(exp.JSONPathKey)):
            param.replace(exp.Column(this=exp.to_identifier(f"column{int(param.this.name) - 1}")))
    return plain_strip(select)


copying.ReadCSV.read_expression = read_csv
copying._source_glob, copying._strip_json_extract, cursors.copy_into = source_glob, strip_json_extract, copy_into


# ---- metadata that fakesnow keeps in another database: on its own connection, so that DDL and MERGE work inside BEGIN ----
def in_literal(value):
    """fakesnow puts names between single quotes as they are."""
    if isinstance(value, str):
        return value.replace("'", "''")
    return type(value)(map(in_literal, value)) if isinstance(value, (list, tuple)) else value


def on_own_connection(statement_of):
    def run(*args):
        server.shared_fs.duck_conn.cursor().execute(statement_of(*map(in_literal, args)))
        return "SELECT 1"

    return run


info_schema.insert_text_lengths_sql = on_own_connection(info_schema.insert_text_lengths_sql)
info_schema.insert_table_comment_sql = on_own_connection(info_schema.insert_table_comment_sql)

# ---- statements -----------------------------------------------------------------------------------------------------
DONE = "SELECT 'Statement executed successfully.' AS \"status\""
NOTHING_TO_DO = re.compile(
    r"\s*(USE\s+SECONDARY\s+ROLES|GRANT|REVOKE|(CREATE|ALTER|DROP)\s+(OR\s+REPLACE\s+)?(WAREHOUSE|ROLE|USER|RESOURCE\s+MONITOR)"
    r"|COMMENT\s+ON|ALTER\s+TABLE\s+.+?\s+(CLUSTER\s+BY|SET\s+\w+\s*=))\b",
    re.I | re.S,
)
FUNCTIONS = {
    "CURRENT_WAREHOUSE": "FAKESNOW_WAREHOUSE",
    "CURRENT_ACCOUNT": "FAKESNOW",
    "CURRENT_ACCOUNT_NAME": "FAKESNOW",
    "CURRENT_ORGANIZATION_NAME": "FAKESNOW",
    "CURRENT_REGION": "LOCAL",
    "CURRENT_SESSION": "1",
    "CURRENT_AVAILABLE_ROLES": '["SYSADMIN"]',
    "CURRENT_SECONDARY_ROLES": "",
    "CURRENT_CLIENT": "NODE",
}
TABLE_STAGE = re.compile(r'(@(?:"[^"]+"\.)*)%"([^"]+)"')
CALL = re.compile(r"\b(" + "|".join(FUNCTIONS) + r")\s*\(\s*\)", re.I)
transaction_names = {}  # session -> name of its last transaction
session_parameters = {}  # session -> {NAME: value}
session_warehouses = {}  # session -> the warehouse of the login


def transaction_id(session):
    return str(int(hashlib.sha256(session.encode()).hexdigest()[:12], 16))


def show_transactions():
    names = '"id" "user" "session" "name" "started_on" "state" "scope"'.split()
    rows = []
    for session, name in transaction_names.items():
        connection = connection_of(session)
        if connection in in_transaction:
            rows.append((transaction_id(session), "INGEST_SERVICE", "1", name.upper(), "", "running", "0"))
    selects = ["SELECT " + ", ".join(f"{literal(v)} AS {n}" for v, n in zip(row, names)) for row in rows]
    return " UNION ALL ".join(selects) or "SELECT " + ", ".join(f"'' AS {n}" for n in names) + " WHERE FALSE"


def literal(value):
    return "'" + str(value).replace("'", "''") + "'"


def rewrite(sql, session):
    text = sql.strip().rstrip(";").strip()
    parameters = session_parameters.setdefault(session, {})
    if begun := re.match(r"(?:START|BEGIN)(?:\s+(?:TRANSACTION|WORK))?(?:\s+NAME\s+\"?([^\"\s]+)\"?)?$", text, re.I):
        transaction_names[session] = begun[1] or ""
        return "BEGIN"
    if re.match(r"SHOW\s+TRANSACTIONS\b", text, re.I):
        return show_transactions()
    if aborted := re.match(r"SELECT\s+SYSTEM\$ABORT_TRANSACTION\s*\(\s*'?(\d+)'?\s*\)\s*(AS\s+.*)?$", text, re.I | re.S):
        end_transaction(next((each for each in transaction_names if transaction_id(each) == aborted[1]), None))
        return "SELECT 'Transaction aborted.' " + (aborted[2] or "")
    if NOTHING_TO_DO.match(text):
        return DONE
    setting = re.match(r"ALTER\s+SESSION\s+(SET|UNSET)\s+(.*)$", text, re.I | re.S)
    if setting and not re.match(r"AUTOCOMMIT\b", setting[2], re.I):
        if setting[1].upper() == "SET":
            for key, quoted, plain in re.findall(r"(\w+)\s*=\s*(?:'((?:[^']|'')*)'|([^\s,']+))", setting[2]):
                parameters[key.upper()] = quoted.replace("''", "'") or plain
        else:
            for key in re.findall(r"\w+", setting[2]):
                parameters.pop(key.upper(), None)
        return DONE
    if shown := re.match(r"SHOW\s+PARAMETERS\b(?:\s+LIKE\s+'([^']*)')?", text, re.I):
        pattern = re.compile((shown[1] or "%").replace("%", ".*").replace("_", "."), re.I)
        rows = [(k, v) for k, v in {"QUERY_TAG": "", "TIMEZONE": "UTC", **parameters}.items() if pattern.fullmatch(k)]
        columns = '"key" "value" "default" "level" "description" "type"'.split()
        selects = [
            "SELECT " + ", ".join(f"{literal(v)} AS {c}" for v, c in zip((k, v, "", "SESSION", "", "STRING"), columns))
            for k, v in rows
        ]
        return " UNION ALL ".join(selects) or "SELECT " + ", ".join(f"NULL AS {c}" for c in columns) + " WHERE FALSE"
    text = TABLE_STAGE.sub(r'\1"%\2"', text)  # fakesnow wants the percent sign inside the quotes
    if re.match(r"COPY\s+INTO\b", text, re.I):
        # fakesnow takes FORCE = FALSE and PURGE = FALSE for TRUE; the others change nothing here.
        text = re.sub(r"\b(FORCE|PURGE)\s*=\s*FALSE\b", "", text, flags=re.I)
        ignored = r"\b(TRUNCATECOLUMNS|ENFORCE_LENGTH|RETURN_FAILED_ONLY|LOAD_UNCERTAIN_FILES)\s*=\s*(TRUE|FALSE)\b"
        return re.sub(ignored, "", text, flags=re.I)
    if re.match(r"SELECT\b", text, re.I):
        return CALL.sub(lambda found: literal(FUNCTIONS[found[1].upper()]), text)
    return text


def in_rows(sql, bindings):
    """INSERT … VALUES (<one row>) with array bindings -> INSERTs of many rows: fakesnow runs one statement per row."""
    found = re.match(r"(\s*INSERT\s+INTO\s+.*?\bVALUES\s*)(\([^()]*\))\s*;?\s*$", sql, re.I | re.S)
    if not (found and bindings and all(key.isdigit() for key in bindings)):
        return None
    if not all(isinstance(each["value"], list) for each in bindings.values()) or found[2].count("?") != len(bindings):
        return None
    columns = [bindings[str(i)] for i in range(1, len(bindings) + 1)]
    count, step, statements = len(columns[0]["value"]), max(1, 20000 // len(columns)), []
    for low in range(0, count, step):
        high = min(count, low + step)
        bound = {}
        for row in range(low, high):
            for column in columns:
                bound[str(len(bound) + 1)] = {"type": column["type"], "value": column["value"][row]}
        statements.append((found[1] + ",".join([found[2]] * (high - low)), bound))
    return statements


plain_execute = FakeSnowflakeCursor.execute
in_transaction = set()  # connections after BEGIN; fakesnow itself only counts without autocommit
# "DDL statements … implicitly commit the active transaction": https://docs.snowflake.com/en/sql-reference/transactions
DDL = re.compile(r"(CREATE(?!\s+(OR\s+REPLACE\s+)?(LOCAL\s+|GLOBAL\s+)?TEMP(ORARY)?\b)|ALTER\s+(TABLE|SCHEMA|DATABASE|STAGE)|DROP|UNDROP)\b", re.I)


def with_status(cursor, message):
    return plain_execute(cursor, f'SELECT {literal(message)} AS "status"', server=True)


def swap(cursor, left, right):
    prefix = left.rsplit(".", 1)[0] + "." if "." in left else ""
    last = lambda name: name.rsplit(".", 1)[-1]
    for old, new in ((left, "_FS_SWAP_TMP"), (right, last(left)), (f"{prefix}_FS_SWAP_TMP", last(right))):
        plain_execute(cursor, f"ALTER TABLE {old} RENAME TO {new}", server=True)
    return cursor


def remove(cursor, place):
    name, _, below = place.partition("/")
    parts = stage.parts_from_var(name, cursor._conn.database, cursor._conn.schema)
    folder, count = stage.internal_dir(".".join(parts)), 0
    for root, _, files in os.walk(folder):
        for file in files:
            path = os.path.join(root, file)
            if path[len(folder) :].startswith(below):
                os.remove(path)
                count += 1
    return with_status(cursor, f"{count} files removed")


def drop_stage(cursor, name, if_exists):
    database, schema, stage_name = stage.parts_from_var(name, cursor._conn.database, cursor._conn.schema)
    where = "WHERE database_name=? AND schema_name=? AND name=?"
    statement = f"DELETE FROM _fs_global._fs_information_schema._fs_stages {where}"
    if not cursor._duck_conn.execute(statement, [database, schema, stage_name]).fetchone()[0] and not if_exists:
        raise stage.not_found_error(f"{database}.{schema}.{stage_name}")
    shutil.rmtree(stage.internal_dir(f"{database}.{schema}.{stage_name}"), ignore_errors=True)
    return with_status(cursor, f"{stage_name} successfully dropped.")


def list_below(cursor, name, below):
    plain_execute(cursor, f"LIST @{name}", server=True)
    table = cursor._arrow_table
    prefix = f"{name.split('.')[-1].lower()}/{below}"
    if table.num_rows:
        kept = [i for i, file in enumerate(table.column("name").to_pylist()) if str(file).startswith(prefix)]
        cursor._arrow_table = table.take(kept)
    return cursor


def execute(self, command, params=None, *args, **more):
    text = command.strip().rstrip(";").strip()
    try:
        if DDL.match(text) and self._conn in in_transaction:
            plain_execute(self, "COMMIT", server=True)
            in_transaction.discard(self._conn)
        if found := re.match(r"ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(\S+)\s+SWAP\s+WITH\s+(\S+)$", text, re.I):
            return swap(self, found[1], found[2])
        if found := re.match(r"(?:REMOVE|RM)\s+@(\S+)", text, re.I):
            return remove(self, found[1])
        if found := re.match(r"DROP\s+STAGE\s+(IF\s+EXISTS\s+)?(\S+)$", text, re.I):
            return drop_stage(self, found[2], found[1])
        if found := re.match(r"(?:LIST|LS)\s+@([^\s/]+)/(\S*)$", text, re.I):
            return list_below(self, found[1], found[2])
        done = plain_execute(self, command, params, *args, **more)
        if re.match(r"BEGIN\b", text, re.I):
            in_transaction.add(self._conn)
        elif re.match(r"(COMMIT|ROLLBACK)\b", text, re.I):
            in_transaction.discard(self._conn)
        return done
    except (errors.ProgrammingError, errors.OperationalError):
        raise
    except duckdb.InterruptException as error:
        raise errors.ProgrammingError(msg="SQL execution canceled", errno=604, sqlstate="57014") from error
    except duckdb.TransactionException as error:  # DuckDB does not wait for locks
        message = f"Statement has locked table in another transaction and this lock has not yet been released. ({error})"
        raise errors.ProgrammingError(msg=message, errno=625, sqlstate="57014") from error
    except duckdb.ConstraintException as error:  # NOT NULL; Snowflake itself does not enforce PRIMARY KEY and UNIQUE
        raise errors.ProgrammingError(msg=str(error).split("\n")[0], errno=100072, sqlstate="22000") from error
    except Exception as error:  # anything else would be HTTP 500, which the driver tries again for minutes
        message = f"fakesnow: {type(error).__name__}: {error}"
        raise errors.ProgrammingError(msg=message, errno=261000, sqlstate="58000") from error


FakeSnowflakeCursor.execute = execute


# ---- logins ---------------------------------------------------------------------------------------------------------
def refused(code, message):
    return {"data": {"nextAction": None}, "code": code, "message": message, "success": False}


def login_problem(data, query):
    """What the service answers to a login that it refuses; None when it is right."""
    user = str(data.get("LOGIN_NAME", ""))
    known = {name.upper(): value for name, value in USERS.items()}.get(user.upper())
    if data.get("AUTHENTICATOR") == "SNOWFLAKE_JWT":
        if known is None or not token_is_right(str(data.get("TOKEN", "")), user, known):
            return refused("390144", "JWT token is invalid. [0b6a3a8e-5d5f-4a3c-9d3b-4b8d0c2d6f11]")
    elif known is None or data.get("PASSWORD") != known:
        return refused("390100", "Incorrect username or password was specified.")
    role = query.get("roleName", "")
    if role and role.upper() not in ROLES:
        return refused(
            "390189",
            f"Role '{role}' specified in the connect string is not granted to this user. Contact your local system"
            " administrator, or attempt to login with another role, e.g. PUBLIC.",
        )
    return None


def token_is_right(token, user, public_key):
    try:
        key = serialization.load_pem_public_key(public_key.encode())
        claims = jwt.decode(token, key, algorithms=["RS256"], options={"verify_iat": False})  # the driver gives milliseconds
    except Exception:
        return False
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    fingerprint = "SHA256:" + base64.b64encode(hashlib.sha256(der).digest()).decode()
    return str(claims.get("iss", "")).endswith(f".{user.upper()}.{fingerprint}")


# ---- the application ------------------------------------------------------------------------------------------------
NEEDS_WAREHOUSE = re.compile(r"\s*(SELECT\b.*\bFROM|MERGE|INSERT|UPDATE|DELETE|COPY|WITH)\b", re.I | re.S)
NO_WAREHOUSE = (
    "No active warehouse selected in the current session.  Select an active warehouse with the 'use warehouse' command.\n"
)


ROUTES = ("/queries/v1/query-request", "/queries/v1/abort-request", "/session")
sent = {}  # every statement as it came, in order
running = {}  # request -> session


def connection_of(session):
    return server.sessions.get(session[17:-1]) if session else None


def interrupt(session):
    connection = connection_of(session)
    if connection is not None:
        connection._duck_conn.interrupt()


def end_transaction(session):
    """A session that ends takes its open transaction with it."""
    interrupt(session)
    connection = connection_of(session)
    if connection in in_transaction:
        connection._duck_conn.rollback()
        in_transaction.discard(connection)


class NodeRows:
    """Around fakesnow's own server: what the Node driver sends and reads."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(ROUTES):
            return await self.app(scope, receive, send)
        raw, more = b"", True
        while more:
            message = await receive()
            raw += message.get("body", b"")
            more = message.get("more_body", False)
        headers = dict(scope["headers"])
        if headers.get(b"content-encoding") == b"gzip":
            raw = gzip.decompress(raw)
        left_out = (b"content-encoding", b"content-length")
        scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in left_out]}
        request = json.loads(raw or b"{}")
        session = headers.get(b"authorization", b"").decode()
        query = dict(parse_qsl(scope.get("query_string", b"").decode()))
        if path.startswith("/session/v1/login-request"):
            status, answer = await self.login(scope, request, query)
        elif path.startswith("/queries/v1/abort-request"):
            interrupt(running.get(request.get("requestId", "")))
            status, answer = 200, {"data": None, "code": None, "message": None, "success": True}
        elif path.startswith("/session"):
            end_transaction(session if query.get("delete") else None)
            status, answer = await self.ask(scope, request)
        else:
            running[query.get("requestId", "")] = session
            try:
                status, answer = await self.query(scope, request, session)
            finally:
                running.pop(query.get("requestId", ""), None)
        out = json.dumps(answer).encode()
        described = [(b"content-type", b"application/json"), (b"content-length", str(len(out)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": described})
        await send({"type": "http.response.body", "body": out})

    async def login(self, scope, request, query):
        problem = login_problem(request["data"], query)
        if problem:
            return 200, problem
        status, answer = await self.ask(scope, request)
        if answer.get("success"):
            session = f'Snowflake Token="{answer["data"]["token"]}"'
            session_warehouses[session] = query.get("warehouse", "")
            connection = server.sessions[answer["data"]["token"]]
            answer["data"]["sessionInfo"] = {
                "databaseName": connection.database if connection.database_set else None,
                "schemaName": connection.schema if connection.schema_set else None,
                "warehouseName": query.get("warehouse"),
                "roleName": query.get("roleName", "PUBLIC"),
            }
        return status, answer

    async def query(self, scope, request, session):
        parts = None
        if isinstance(request.get("sqlText"), str):
            warehouse = session_warehouses.get(session, "").upper()
            if warehouse not in WAREHOUSES and NEEDS_WAREHOUSE.match(request["sqlText"]):
                return 200, {
                    "data": {"errorCode": "000606", "sqlState": "57P03"},
                    "code": "000606",
                    "message": NO_WAREHOUSE,
                    "success": False,
                }
            sent[request["sqlText"]] = None
            request["sqlText"] = rewrite(request["sqlText"], session)
            parts = in_rows(request["sqlText"], request.get("bindings"))
        bodies = [{**request, "sqlText": sql, "bindings": bound} for sql, bound in parts] if parts else [request]
        total, status, answer = 0, 200, {}
        for body in bodies:
            status, answer = await self.ask(scope, body)
            if not answer.get("success"):
                break
            if parts and answer["data"].get("rowset"):
                total += int(answer["data"]["rowset"][0][0])
        data = answer.get("data")
        if isinstance(data, dict) and answer.get("success"):
            if data.get("queryResultFormat") == "arrow":
                data["queryResultFormat"] = "json"
                data["rowset"] = json.loads(base64.b64decode(data.pop("rowsetBase64")) or b"[]")
            if "stageInfo" not in data:
                data.setdefault("rowset", [])
                data.setdefault("rowtype", [])
                if parts:
                    data["rowset"] = [[str(total)]]
                if "parameters" in data:
                    known = {**FORMATS, **{k: v for k, v in session_parameters[session].items() if k in FORMATS}}
                    data["parameters"] += [{"name": name, "value": value} for name, value in known.items()]
                data["returned"] = data["total"] = len(data["rowset"])
        if status >= 500:  # the driver tries 5xx again; an ordinary error ends the statement
            failure = {"errorCode": "261000", "sqlState": "58000"}
            return 200, {"data": failure, "code": "261000", "message": answer.get("message"), "success": False}
        return status, answer

    async def ask(self, scope, body):
        """fakesnow's own answer."""
        start, out, sent = {}, bytearray(), False
        raw = json.dumps(body).encode()

        async def receive():
            nonlocal sent
            if sent:
                return {"type": "http.disconnect"}
            sent = True
            return {"type": "http.request", "body": raw, "more_body": False}

        async def capture(message):
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                out.extend(message.get("body", b""))

        await self.app(scope, receive, capture)
        try:
            return start.get("status", 200), json.loads(bytes(out))
        except ValueError:
            text = bytes(out).decode(errors="replace")[:2000]
            return start.get("status", 200), {"data": None, "code": "261000", "message": text, "success": False}


# ---- routes for tests -----------------------------------------------------------------------------------------------
def committed_rows(sql):
    found = server.shared_fs.duck_conn.cursor().execute(sql)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row)) for row in found.fetchall()]


def run_statement(sql):
    cursor = server.shared_fs.connect().cursor()
    FakeSnowflakeCursor.execute(cursor, sql)
    return [list(row) for row in cursor.fetchall()]


def control(run):
    async def answer(request):
        if request.headers.get("authorization") != f"Bearer {CONTROL}":
            return JSONResponse({"error": "wrong control secret"}, status_code=401)
        sql = (await request.json())["sql"]
        try:
            rows = await asyncio.to_thread(run, sql)
        except Exception as error:
            return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=400)
        return JSONResponse(json.loads(json.dumps({"rows": exact(rows)}, default=as_text)))

    return answer


def exact(value):
    """Numbers that JSON has not, or JavaScript would round, go as text."""
    if isinstance(value, dict):
        return {key: exact(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [exact(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return str(value) if type(value) is int and abs(value) > 2**53 - 1 else value


def as_text(value):
    return base64.b64encode(value).decode() if isinstance(value, (bytes, bytearray)) else str(value)


missing = lambda _: JSONResponse({}, status_code=404)
server.app.routes.extend(
    [
        # The driver asks whether the object exists before it uploads to a presigned address.
        Route("/fs_bucket/{path:path}", missing, methods=["GET", "HEAD"]),
        Route("/telemetry/send", lambda _: JSONResponse({"success": True}), methods=["POST"]),
        Route("/control/query", control(committed_rows), methods=["POST"]),
        Route("/control/sent", control(lambda _: list(sent)), methods=["POST"]),
        Route("/control/execute", control(run_statement), methods=["POST"]),
    ]
)
app = NodeRows(server.app)


class Server(uvicorn.Server):
    """Ends at the signal, whatever still runs: a statement in a thread would hold the process for as long as it takes."""

    def handle_exit(self, sig, frame):
        os._exit(0)


if __name__ == "__main__":
    Server(uvicorn.Config(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")).run()
