#!/usr/bin/env python3
"""Measures one model-like statement on DuckDB and on Spark, over the same Parquet files: where does Spark begin to pay?

The statement does what most models do: keeps the newest row of each key, joins two tables, cleans text, aggregates, and
writes Parquet. Enrolments are the rows that are counted. Spark is asked through Spark Connect and ADBC, as Lyceum asks it;
each Spark is started for its measurement alone. The engines' results must agree. JSON lines; the last one has the cost per
million records where a price is given.

usage: Benchmarks/spark/bench.py [--rows 1000000,10000000] [--repeats N] [--engines NAME,…] [--keep DIR]
                                 [--price CURRENCY_PER_WORKER_HOUR]
       (run with .lyceum/python/bin/python, after scripts/setup --bench --spark)
"""
import argparse, contextlib, json, os, pathlib, shutil, signal, statistics, subprocess, sys, tempfile, time

import duckdb
from adbc_driver_manager import dbapi

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DRIVER = ROOT / ".lyceum/drivers/libadbc_driver_spark.so"

# Name: cores that compute, workers (0: in the server's own process), memory for each.
SPARKS = {
    "spark-local-1": (1, 0, "4g"),
    "spark-local-2": (2, 0, "4g"),
    "spark-cluster-1": (1, 1, "2g"),
    "spark-cluster-2": (2, 2, "2g"),
}
DUCKDBS = {"duckdb-1": 1, "duckdb-2": 2}

# Both engines read this text; {array} is all that differs.
MODEL = """
WITH newest AS (
    SELECT * FROM (
        SELECT e.*, row_number() OVER (PARTITION BY student_id, course_id, term ORDER BY updated_at DESC, grade DESC) AS n
        FROM enrolment e
    ) x WHERE n = 1
)
SELECT s.student_id,
       upper(trim(s.family_name)) AS family_name,
       lower(trim(s.email)) AS email,
       s.program,
       count(*) AS enrolments,
       count(DISTINCT n.course_id) AS courses,
       sum(c.credits) AS credits,
       sum(c.credits * n.grade) / sum(c.credits) AS average_grade,
       max(n.updated_at) AS last_change,
       {array} AS terms
FROM newest n
JOIN student s ON s.student_id = n.student_id
JOIN course c ON c.course_id = n.course_id
WHERE n.status <> 'dropped'
GROUP BY s.student_id, s.family_name, s.email, s.program
"""
ARRAYS = {"duckdb": "list_sort(list(DISTINCT n.term))", "spark": "sort_array(collect_set(n.term))"}
TABLES = ["enrolment", "student", "course"]


def generate(folder, rows):
    """A campus by arithmetic: 40 enrolments a student, one in ten of them a later version of another."""
    connection = duckdb.connect()
    students = max(rows // 40, 1)
    queries = {
        "student": f"""SELECT i::BIGINT AS student_id, '  Name ' || hash(i) % 50000 || ' ' AS family_name,
                       'Student.' || i || '@Campus.example ' AS email, 'P' || hash(i, 7) % 300 AS program
                       FROM range({students}) r(i)""",
        "course": """SELECT i::BIGINT AS course_id, (1 + hash(i) % 6)::INT AS credits, 'Course ' || i AS title
                     FROM range(4000) r(i)""",
        # A row of the last tenth repeats the key of a row of the first tenths, with a later change.
        "enrolment": f"""SELECT i::BIGINT AS enrolment_id, (k % {students})::BIGINT AS student_id,
                         (hash(k) % 4000)::BIGINT AS course_id, '20' || (10 + hash(k, 1) % 15) || 'F' AS term,
                         (hash(i, 2) % 13 / 3.0)::DOUBLE AS grade,
                         CASE WHEN hash(i, 3) % 20 = 0 THEN 'dropped' ELSE 'enrolled' END AS status,
                         TIMESTAMP '2020-01-01' + to_seconds((hash(k, 4) % 100000000 + i // {max(rows * 9 // 10, 1)})::BIGINT)
                             AS updated_at
                         FROM (SELECT i, i % {max(rows * 9 // 10, 1)} AS k FROM range({rows}) r(i))""",
    }
    for name, query in queries.items():
        target = folder / name
        target.mkdir(parents=True)
        # In eight files, so that two cores, or two workers, can share them.
        parts = 8 if name == "enrolment" else 1
        for part in range(parts):
            key = "enrolment_id" if name == "enrolment" else f"{name}_id"
            connection.execute(
                f"COPY (SELECT * FROM ({query}) WHERE {key} % {parts} = {part}) TO '{target}/{part}.parquet' (FORMAT parquet)"
            )
    return sum(path.stat().st_size for path in folder.rglob("*.parquet"))


def digest(folder):
    """What must be equal whoever computed it."""
    return duckdb.connect().execute(
        f"""SELECT count(*), sum(enrolments), sum(courses), sum(credits), round(sum(average_grade), 4), max(last_change)::VARCHAR,
            sum(len(terms)), bit_xor(hash(student_id, family_name, email, program, terms)) FROM '{folder}/*.parquet'"""
    ).fetchone()


def processor_seconds(pids):
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += (int(fields[11]) + int(fields[12])) / ticks
    return total


def children(parents):
    found = []
    for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(status.read_text().rsplit(")", 1)[1].split()[1]) in parents:
                found.append(int(status.parent.name))
    return found


def peak_mib(pids):
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    total += int(line.split()[1]) / 1024
    return total


def in_duckdb(threads, data, out, repeats):
    """In a process of its own, so that its peak memory is its own."""
    program = f"""
import duckdb, json, pathlib, shutil, sys, time
connection = duckdb.connect(config={{"threads": {threads}}})
connection.execute("SET enable_progress_bar = false")
for table in {TABLES!r}:
    connection.execute(f"CREATE VIEW {{table}} AS SELECT * FROM '{data}/{{table}}/*.parquet'")
sql = sys.stdin.read()
for _ in range({repeats} + 1):
    shutil.rmtree("{out}", ignore_errors=True)
    pathlib.Path("{out}").mkdir()
    start, cpu = time.monotonic(), time.process_time()
    connection.execute(f"COPY ({{sql}}) TO '{out}/0.parquet' (FORMAT parquet)")
    print(json.dumps([time.monotonic() - start, time.process_time() - cpu]), flush=True)
import resource
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
    lines = subprocess.run(
        [sys.executable, "-c", program], input=MODEL.format(array=ARRAYS["duckdb"]), capture_output=True, text=True, check=True
    ).stdout.splitlines()
    return [json.loads(line) for line in lines[:-1]], float(lines[-1])


@contextlib.contextmanager
def spark(cores, workers, memory):
    """A Spark of one's own: an open connection, and a function that gives the processes that compute."""
    command = [str(ROOT / "scripts/start-spark"), "--until-exit-of", str(os.getpid()), "--memory", memory]
    command += ["--workers", str(workers), "--cores", str(cores // max(workers, 1))]
    started = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    values = dict(line.split("=", 1) for line in started.splitlines())
    pid = int(values["pid"])

    def processes():
        # The server, and the executors, which are the workers' children.
        return [pid, *children({int(worker) for worker in values.get("worker_pids", "").split(",") if worker})]

    options = {"uri": values["uri"], "adbc.spark.token": values["token"], "adbc.spark.tls.enabled": "false"}
    try:
        with dbapi.connect(driver=str(DRIVER), db_kwargs=options, autocommit=True) as connection:
            yield connection, processes
    finally:
        os.kill(pid, signal.SIGTERM)
        while pathlib.Path(values["folder"]).exists():
            time.sleep(0.2)


def in_spark(kind, data, out, repeats):
    with spark(*kind) as (connection, processes), connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"CREATE TEMPORARY VIEW {table} AS SELECT * FROM parquet.`{data}/{table}`")
        times = []
        for _ in range(repeats + 1):
            start, cpu = time.monotonic(), processor_seconds(processes())
            cursor.execute(f"INSERT OVERWRITE DIRECTORY '{out}' USING parquet {MODEL.format(array=ARRAYS['spark'])}")
            times.append((time.monotonic() - start, processor_seconds(processes()) - cpu))
        return times, peak_mib(processes())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default="1000000,10000000")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--engines", default=",".join([*DUCKDBS, *SPARKS]))
    parser.add_argument("--keep")
    parser.add_argument("--price", type=float, help="of one worker (or machine) for one hour, in any currency")
    arguments = parser.parse_args()
    engines = arguments.engines.split(",")
    for name in engines:
        if name not in DUCKDBS and name not in SPARKS:
            parser.error(f"no engine is named {name} ({', '.join([*DUCKDBS, *SPARKS])})")
    home = pathlib.Path(arguments.keep or tempfile.mkdtemp(prefix="lyceum-spark-bench-"))
    home.mkdir(parents=True, exist_ok=True)
    costs, agree = {}, True
    try:
        for rows in map(int, arguments.rows.split(",")):
            data, out = home / f"data-{rows}", home / "out"
            size = sum(path.stat().st_size for path in data.rglob("*.parquet")) if data.exists() else generate(data, rows)
            expected = None
            for name in engines:
                shutil.rmtree(out, ignore_errors=True)
                if name in DUCKDBS:
                    times, peak = in_duckdb(DUCKDBS[name], data, out, arguments.repeats)
                    workers = 1
                else:
                    times, peak = in_spark(SPARKS[name], data, out, arguments.repeats)
                    workers = max(SPARKS[name][1], 1)
                result = digest(out)
                expected = expected or result
                agree = agree and result == expected
                seconds = statistics.median(time for time, _ in times[1:])
                line = {
                    "bench": "spark", "engine": name, "rows": rows, "parquet_mib": round(size / 2**20, 1),
                    "first_seconds": round(times[0][0], 2), "seconds": round(seconds, 2),
                    "spread": [round(min(t for t, _ in times[1:]), 2), round(max(t for t, _ in times[1:]), 2)],
                    "rows_per_second": round(rows / seconds),
                    "processor_seconds": round(statistics.median(cpu for _, cpu in times[1:]), 2),
                    "peak_rss_mib": round(peak), "agrees": result == expected,
                }
                print(json.dumps(line), flush=True)
                costs.setdefault(name, {})[rows] = workers * seconds / 3600 / rows * 1e6
    finally:
        if not arguments.keep:
            shutil.rmtree(home, ignore_errors=True)
    summary = {"bench": "spark", "all_agree": agree}
    if arguments.price is not None:
        summary["price_per_worker_hour"] = arguments.price
        summary["cost_per_million_records"] = {
            name: {rows: round(hours * arguments.price, 8) for rows, hours in of.items()} for name, of in costs.items()
        }
    else:
        summary["worker_hours_per_million_records"] = {
            name: {rows: round(hours, 8) for rows, hours in of.items()} for name, of in costs.items()
        }
    print(json.dumps(summary))
    sys.exit(0 if agree else 1)


if __name__ == "__main__":
    main()
