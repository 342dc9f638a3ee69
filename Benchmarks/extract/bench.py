#!/usr/bin/env python3
"""Measures how fast a PostgreSQL table becomes Snappy Parquet, and how much memory that takes.

A PostgreSQL server of its own is started and filled. `lyceum source export` (the connector and the Parquet writer, nothing
else) and DuckDB's own postgres extension take turns on the same table, each in a new process; the files of both are compared
row by row. Seconds are from connecting to the last file, in both; processor time is the client's and the server's, ours of
the whole process, the peer's without starting Python. `cpu_ratio` compares their sums, which a busy machine hardly changes. Then a whole landing (`lyceum run`: row hashes, staging, publication), a second run with nothing new, and the
same with ten million rows, with the process's peak memory. JSON lines; the last one says whether the goals are met.

usage: Benchmarks/extract/bench.py [--repeats N] [--rows N] [--large N]
       (LYCEUM names the program, default .build/release/lyceum; needs the Python of scripts/setup --bench)
"""
import argparse, json, os, pathlib, shutil, signal, statistics, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LYCEUM = os.environ.get("LYCEUM", str(ROOT / ".build/release/lyceum"))
PYTHON = os.environ.get("LYCEUM_PYTHON", str(ROOT / ".lyceum/python/bin/python"))
GOALS = {"peer_ratio": 0.9, "rows_per_second": 605_000, "peak_rss_mib": 512}
COLUMNS = """i::bigint AS id_assessment, (i::bigint * 7919 % 28785)::bigint AS id_student, (i % 270)::int AS date_submitted,
    (i % 2)::int AS is_banked, CASE WHEN i % 100 <> 0 THEN (i::bigint * 37 % 10001) / 100.0 END::numeric(5, 2) AS score,
    'Student ' || i::bigint * 7919 % 28785 AS student_name,
    'student' || i::bigint * 7919 % 28785 || '@campus.example' AS email,
    TIMESTAMP '2024-01-01' + i * INTERVAL '1 second' AS updated_at"""


def start_server():
    done = subprocess.run(
        [ROOT / "scripts/start-postgres", "--until-exit-of", str(os.getpid())], capture_output=True, text=True
    )
    if done.returncode != 0:
        sys.exit(done.stderr)
    values = dict(line.split("=", 1) for line in done.stdout.splitlines())
    return values["uri"], int(values["pid"])


def psql(uri, *statements):
    command = ["psql", "--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", uri]
    for statement in statements:
        command += ["--command", statement]
    subprocess.run(command, check=True)


def measured(command, environment):
    """Runs a program: its last line as JSON, its peak resident memory in MiB, its seconds from start to end."""
    with tempfile.NamedTemporaryFile("r") as out:
        begin = time.perf_counter()
        pid = os.posix_spawn(
            command[0], command, environment,
            file_actions=[(os.POSIX_SPAWN_OPEN, 1, out.name, os.O_WRONLY | os.O_TRUNC, 0o600)],
        )
        _, status, usage = os.wait4(pid, 0)
        seconds = time.perf_counter() - begin
        text = pathlib.Path(out.name).read_text()
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(command[:4])} failed: {text}")
    cpu = usage.ru_utime + usage.ru_stime
    return json.loads(text.strip().splitlines()[-1]), usage.ru_maxrss / 1024, seconds, cpu


COMPARE = """
import duckdb, json, sys
ours, theirs = sys.argv[1:]
duckdb.execute("SET enable_progress_bar = false")
rows = duckdb.execute("SELECT (SELECT count(*) FROM (FROM read_parquet(?) EXCEPT ALL FROM read_parquet(?)))"
    " + (SELECT count(*) FROM (FROM read_parquet(?) EXCEPT ALL FROM read_parquet(?)))",
    [ours, theirs, theirs, ours]).fetchone()[0]
types = [[c[:2] for c in duckdb.execute("DESCRIBE FROM read_parquet(?)", [f]).fetchall()] for f in (ours, theirs)]
print(json.dumps([rows, types[0] == types[1]]))
"""


def difference(ours, theirs):
    """How many rows are in one set of files and not in the other, and whether the types agree.

    In a process of its own: a program that is started counts its starter's memory at that moment as its own peak.
    """
    done = subprocess.run([PYTHON, "-c", COMPARE, ours, theirs], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def server_cpu(server):
    """Seconds of processor time of a server's sessions that have ended."""
    time.sleep(0.2)  # for the server to notice that the last has
    fields = pathlib.Path(f"/proc/{server}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def spread(values):
    return [round(min(values), 3), round(max(values), 3)]


def middle(spent):
    """The medians of the client's and the server's processor time."""
    return {
        name: round(statistics.median(values), 2) for name, values in zip(["client", "server"], zip(*spent))
    }


def compare(work, config, uri, server, rows, repeats, environment):
    ours, theirs, memory, peer_memory, cpu, peer_cpu = [], [], [], [], [], []
    for turn in range(repeats + 1):
        shutil.rmtree(work / "ours", ignore_errors=True)
        before = server_cpu(server)
        result, peak, _, spent = measured(
            [LYCEUM, "source", "export", "registrar", "results", str(work / "ours"), "--config", str(config), "--json"],
            environment,
        )
        between = server_cpu(server)
        peer, peer_peak, _, peer_spent = measured(
            [PYTHON, str(HERE / "peer.py"), uri, "results", str(work / "peer.parquet")], environment
        )
        after = server_cpu(server)
        if result["rows"] != rows or peer["rows"] != rows:
            sys.exit(f"rows are missing: {result} {peer}")
        if turn == 0:
            continue  # the first of each fills the caches
        ours.append(result["seconds"])
        theirs.append(peer["seconds"])
        memory.append(peak)
        peer_memory.append(peer_peak)
        cpu.append((spent, between - before))
        # What Python took before the peer began is not the peer's.
        peer_cpu.append((peer["cpu_seconds"], after - between))
    unequal, same_types = difference(str(work / "ours/*.parquet"), str(work / "peer.parquet"))
    size = sum(path.stat().st_size for path in (work / "ours").glob("*.parquet"))
    line = {
        "benchmark": "extract", "case": "table to Parquet", "rows": rows, "repeats": repeats,
        "rows_per_second": round(rows / statistics.median(ours)), "seconds": spread(ours),
        "peer": "DuckDB postgres extension", "peer_rows_per_second": round(rows / statistics.median(theirs)),
        "peer_seconds": spread(theirs),
        "ratio": round(statistics.median(theirs) / statistics.median(ours), 2),
        "best_ratio": round(min(theirs) / min(ours), 2),
        "peak_rss_mib": round(max(memory)), "peer_peak_rss_mib": round(max(peer_memory)),
        "cpu_seconds": middle(cpu), "peer_cpu_seconds": middle(peer_cpu),
        "cpu_ratio": round(sum(middle(peer_cpu).values()) / sum(middle(cpu).values()), 2), "output_mb": round(size / 1e6, 1),
        "rows_that_differ": unequal, "same_types": same_types,
    }
    print(json.dumps(line), flush=True)
    return line


def landing(work, config, table, rows, environment, case):
    for name in ["lake", "index"]:
        shutil.rmtree(work / name, ignore_errors=True)
    for path in work.glob("ledger.sqlite*"):
        path.unlink()
    first, peak, seconds, cpu = measured([LYCEUM, "run", "--config", str(config), "--json"], environment)
    again, again_peak, again_seconds, _ = measured([LYCEUM, "run", "--config", str(config), "--json"], environment)
    raw = next(t for t in first["tables"] if t["table"] == f"oracle_{table}")
    if raw["out"] != rows:
        sys.exit(f"{raw['out']} of {rows} rows landed")
    fresh = sum(t["out"] for t in again["tables"] if t["zone"] == "raw")
    line = {
        "benchmark": "extract", "case": case, "rows": rows,
        "rows_per_second": round(rows / first["stages"]["extract"]), "stages": first["stages"],
        "process_seconds": round(seconds, 2), "cpu_seconds": round(cpu, 2), "peak_rss_mib": round(peak),
        "second_run": {"rows": fresh, "seconds": round(again_seconds, 2), "peak_rss_mib": round(again_peak)},
    }
    print(json.dumps(line), flush=True)
    return line


def configuration(work, table):
    text = f"""lake: lake
ledger: ledger.sqlite
index: index
sources:
  registrar:
    type: oracle
    driver: postgresql
    uri: ${{LYCEUM_BENCH_URI}}
    standard_tables: false
    connections: 2
    tables:
      {table}: {{key: [id_assessment], watermark: updated_at}}
"""
    path = work / f"{table}.yaml"
    path.write_text(text)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--large", type=int, default=10_000_000, help="rows of the memory measurement; 0 leaves it out")
    options = parser.parse_args()
    uri, server = start_server()
    work = pathlib.Path(tempfile.mkdtemp(prefix="lyceum-extract-"))
    environment = {**os.environ, "LYCEUM_BENCH_URI": uri}
    environment.setdefault("LYCEUM_DRIVERS", str(ROOT / ".lyceum/drivers"))
    try:
        create = "CREATE UNLOGGED TABLE {} AS SELECT " + COLUMNS + " FROM generate_series(1, {}) i"
        psql(uri, create.format("results", options.rows), "VACUUM ANALYZE results")
        lines = [compare(work, configuration(work, "results"), uri, server, options.rows, options.repeats, environment)]
        lines.append(landing(work, configuration(work, "results"), "results", options.rows, environment, "whole landing"))
        if options.large:
            psql(uri, create.format("large", options.large), "VACUUM ANALYZE large")
            config = configuration(work, "large")
            lines.append(landing(work, config, "large", options.large, environment, "whole landing, large"))
        first = lines[0]
        ok = {
            "peer_ratio": first["ratio"] >= GOALS["peer_ratio"],
            "rows_per_second": first["rows_per_second"] >= GOALS["rows_per_second"],
            "exact": first["rows_that_differ"] == 0 and first["same_types"],
            "peak_rss_mib": max(line["peak_rss_mib"] for line in lines) < GOALS["peak_rss_mib"],
            "second_run": all(line["second_run"]["rows"] == 0 for line in lines[1:]),
        }
        print(json.dumps({"check": "extract", "ok": all(ok.values()), "goals": ok, "processors": os.cpu_count()}))
        sys.exit(0 if all(ok.values()) else 1)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        os.kill(server, signal.SIGTERM)


if __name__ == "__main__":
    main()
