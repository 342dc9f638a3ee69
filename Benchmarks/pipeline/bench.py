#!/usr/bin/env python3
"""Measures whole runs: speed overall and by stage, peak memory, growth with volume, and the peer's time for the same tables.

The sources run in a process of their own; `lyceum run` starts from an empty lake each time. The peer is the hand-written
DuckDB script beside this file, on the raw Parquet files of that very run. JSON lines; the last one says whether the goals
are met.

usage: Benchmarks/pipeline/bench.py [--repeats N] [--volumes reference,1,4,10] [--keep DIR]
       (LYCEUM names the program; default .build/release/lyceum)
"""
import argparse, json, os, pathlib, shutil, statistics, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LYCEUM = os.environ.get("LYCEUM", str(ROOT / ".build/release/lyceum"))
PYTHON = os.environ.get("LYCEUM_PYTHON", str(ROOT / ".lyceum/python/bin/python"))
CURATED = ["student_profile", "job_posting", "course", "program"]
GOALS = {"records_per_second": 20_000, "peer_ratio": 2.0, "peak_rss_mib": 2048, "growth": 1.10}


def start_campus(home, volume):
    size = ["--reference"] if volume == "reference" else ["--scale", volume]
    process = subprocess.Popen(
        [LYCEUM, "sandbox", *size, "--home", str(home), "--json"], stdout=subprocess.PIPE, stderr=sys.stderr, text=True
    )
    line = process.stdout.readline()
    if not line:
        sys.exit("the sandbox did not start")
    return process, pathlib.Path(json.loads(line)["config"])


def run(config, *more):
    """One `lyceum run`: its report, and the peak resident memory of the process in MiB."""
    with tempfile.NamedTemporaryFile("r") as out:
        pid = os.posix_spawn(
            LYCEUM,
            [LYCEUM, "run", "--config", str(config), "--json", *more],
            os.environ,
            file_actions=[(os.POSIX_SPAWN_OPEN, 1, out.name, os.O_WRONLY | os.O_TRUNC, 0o600)],
        )
        _, status, usage = os.wait4(pid, 0)
        text = pathlib.Path(out.name).read_text()
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"lyceum run failed: {text}")
    return json.loads(text.strip().splitlines()[-1]), usage.ru_maxrss / 1024


def clear(home):
    for name in ["lake", "index"]:
        shutil.rmtree(home / name, ignore_errors=True)
    for path in home.glob("ledger.sqlite*"):
        path.unlink()


def peer(home):
    with tempfile.TemporaryDirectory(prefix="lyceum-peer-") as out:
        done = subprocess.run(
            [PYTHON, str(HERE / "peer.py"), str(home / "lake" / "raw"), out, "--compare", str(home / "lake" / "curated")],
            capture_output=True, text=True,
        )
        if done.returncode != 0:
            sys.exit(f"the peer failed: {done.stdout}{done.stderr}")
        return json.loads(done.stdout.strip().splitlines()[-1])


def size(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure(volume, repeats, keep):
    home = pathlib.Path(keep or tempfile.mkdtemp(prefix="lyceum-bench-"))
    sandbox, config = start_campus(home, volume)
    try:
        reports, peaks, peers = [], [], []
        for _ in range(repeats):
            clear(home)
            report, peak = run(config)
            unbalanced = [
                t["table"] for t in report["tables"] if t["in"] != t["out"] + t["quarantined"] + t["deduplicated"]
            ]
            if unbalanced:
                sys.exit(f"counts do not balance: {unbalanced}")
            reports.append(report)
            peaks.append(peak)
            if volume == "reference":
                peers.append(peer(home))
        again, _ = run(config)
        median = sorted(reports, key=lambda r: r["seconds"])[len(reports) // 2]
        line = {
            "benchmark": "pipeline", "volume": volume, "repeats": repeats, "records": median["records"],
            "seconds": round(median["seconds"], 2),
            "range_seconds": [round(min(r["seconds"] for r in reports), 2), round(max(r["seconds"] for r in reports), 2)],
            "records_per_second": round(median["records"] / median["seconds"]),
            "microseconds_per_record": round(median["seconds"] * 1e6 / median["records"], 2),
            "stages": median["stages"], "peak_rss_mib": round(max(peaks)), "index": median["index"],
            "second_run": {"records": again["records"], "published": again["published"], "seconds": round(again["seconds"], 2)},
        }
        print(json.dumps(line), flush=True)
        if peers:
            build = statistics.median(r["stages"]["build"] + r["stages"]["publish"] for r in reports)
            theirs = statistics.median(p["seconds"] for p in peers)
            line["ratio"] = round(build / theirs, 2)
            print(json.dumps({
                "benchmark": "transform and load", "volume": volume, "peer": "hand-written DuckDB script",
                "seconds": round(build, 2), "peer_seconds": round(theirs, 2), "ratio": line["ratio"],
                "goal": f"at most {GOALS['peer_ratio']}",
            }), flush=True)
        return line
    finally:
        sandbox.terminate()
        sandbox.wait()
        if not keep:
            shutil.rmtree(home, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--volumes", default="reference,1,4,10")
    parser.add_argument("--keep", help="work in this folder and leave it (one volume only)")
    options = parser.parse_args()
    lines = {volume: measure(volume, options.repeats, options.keep) for volume in options.volumes.split(",")}
    missed = []
    reference = lines.get("reference")
    if reference:
        if reference["records_per_second"] < GOALS["records_per_second"]:
            missed.append("records per second")
        if reference["ratio"] > GOALS["peer_ratio"]:
            missed.append("ratio to the peer")
        if reference["peak_rss_mib"] > GOALS["peak_rss_mib"]:
            missed.append("peak memory")
        if reference["second_run"]["records"] or reference["second_run"]["published"]:
            missed.append("a second run does nothing")
    growth = {}
    if "1" in lines:
        base = lines["1"]["microseconds_per_record"]
        growth = {v: round(line["microseconds_per_record"] / base, 3) for v, line in lines.items() if v != "reference"}
        if max(growth.values()) > GOALS["growth"]:
            missed.append("growth of time per record")
    print(json.dumps({"check": "pipeline benchmark", "ok": not missed, "missed": missed, "growth": growth}))
    sys.exit(0 if not missed else 1)


main()
