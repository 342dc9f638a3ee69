"""Streams a query's result through PyArrow's ADBC binding and prints what it took, as JSON.

Arguments: the driver's library, its entry point, the work ("drop" or "sum"), the query, and database options as
key=value. Opening and importing are not counted, as in the Swift program that this is compared with.
"""

import json
import sys
import time

import adbc_driver_manager
import pyarrow
import pyarrow.compute
from adbc_driver_manager import dbapi

library, entry, work, query, *options = sys.argv[1:]
arguments = {"driver": library, "db_kwargs": dict(option.split("=", 1) for option in options), "autocommit": True}
if entry:
    arguments["entrypoint"] = entry
with dbapi.connect(**arguments) as connection, connection.cursor() as cursor:
    start = time.perf_counter()
    cursor.execute(query)
    rows, total = 0, 0
    for batch in cursor.fetch_record_batch():
        rows += batch.num_rows
        if work == "sum":
            total += pyarrow.compute.sum(batch.column(0)).as_py()
    seconds = time.perf_counter() - start
print(json.dumps({
    "rows": rows, "sum": total, "seconds": seconds,
    "peer": f"pyarrow {pyarrow.__version__}, adbc_driver_manager {adbc_driver_manager.__version__}",
}))
