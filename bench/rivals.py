"""python rivals.py dlt-arrow|dlt-jsonl|sling FOLDER OUT: one tool turns the files of FOLDER into Parquet below OUT. Prints seconds."""

import os
import subprocess
import sys
import time

tool, folder, out = sys.argv[1:]
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["SLING_DISABLE_TELEMETRY"] = "true"
os.environ["SLING_DUCKDB_COMPUTE"] = "false"


def dlt_arrow():
    import dlt
    import pyarrow.json

    @dlt.resource(name="orders")
    def orders():
        for name in sorted(os.listdir(folder)):
            yield pyarrow.json.read_json(os.path.join(folder, name), read_options=pyarrow.json.ReadOptions(block_size=16 << 20))

    pipeline(dlt).run(orders(), loader_file_format="parquet")


def dlt_jsonl():
    import dlt
    from dlt.sources.filesystem import filesystem, read_jsonl

    files = filesystem(bucket_url=f"file://{folder}", file_glob="*.json")
    pipeline(dlt).run((files | read_jsonl()).with_name("orders"), loader_file_format="parquet")


def pipeline(dlt):
    destination = dlt.destinations.filesystem(bucket_url=f"file://{out}")
    return dlt.pipeline(pipeline_name="bench", destination=destination, dataset_name="orders", pipelines_dir=os.path.join(out, "state"))


def sling():
    import sling_linux_amd64

    # The launcher would look for its binary on the network; the package of the platform carries it.
    binary = os.path.join(os.path.dirname(sling_linux_amd64.__file__), "bin", "sling-linux-amd64")
    subprocess.run(
        [binary, "run", "--src-stream", f"file://{folder}/", "--src-options", '{"format": "jsonlines"}', "--tgt-object", f"file://{out}/orders.parquet"],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )


start = time.perf_counter()
{"dlt-arrow": dlt_arrow, "dlt-jsonl": dlt_jsonl, "sling": sling}[tool]()
print(f"{time.perf_counter() - start:.3f}")
