#!/usr/bin/env python3
"""The peer: DuckDB's own postgres extension copies a table to Snappy Parquet. Prints one JSON object.

usage: peer.py URI TABLE OUTPUT [--threads N]      (run by bench.py, a process a measurement)
"""
import argparse, importlib.util, json, pathlib, resource, time

import duckdb

arguments = argparse.ArgumentParser()
arguments.add_argument("uri")
arguments.add_argument("table")
arguments.add_argument("output")
arguments.add_argument("--threads", type=int, default=2)
arguments = arguments.parse_args()

package = pathlib.Path(importlib.util.find_spec("duckdb_extension_postgres_scanner").origin).parent
extension = next(package.rglob("postgres_scanner.duckdb_extension"))
connection = duckdb.connect(config={"threads": arguments.threads})
connection.execute("SET preserve_insertion_order = false")
begin, used = time.perf_counter(), time.process_time()
connection.execute(f"LOAD '{extension}'")
connection.execute(f"ATTACH '{arguments.uri}' AS source (TYPE postgres, READ_ONLY)")
rows = connection.execute(
    f"COPY (SELECT * FROM source.{arguments.table}) TO '{arguments.output}' (FORMAT parquet, COMPRESSION snappy)"
).fetchone()[0]
seconds, used = time.perf_counter() - begin, time.process_time() - used
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"rows": rows, "seconds": seconds, "cpu_seconds": used, "peak_rss_mib": round(peak), "duckdb": duckdb.__version__}))
