#!/usr/bin/env python3
"""Runs peer.sql: the four curated tables from raw Parquet, by DuckDB alone. The peer of `make bench`'s pipeline case.

usage: peer.py RAW OUT [--threads N] [--compare CURATED]
    RAW    a lake's raw zone (RAW/<table>/source=*/dt=*/*.parquet) or a folder of <table>.parquet
    OUT    gets <table>.parquet for student_profile, job_posting, course and program
    CURATED  a lake's curated zone: its rows must equal the script's, or the exit status is 1 (not timed)
needs: Python 3.9+ with duckdb 1.5.5. Prints one JSON object: seconds and rows a table.
"""
import argparse
import json
import pathlib
import time

import duckdb

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PIPELINE = ROOT / "Sources/LyceumPipeline"
TABLES = ("student_profile", "job_posting", "course", "program")
RAW = {
    "oracle_students": "student_id first_name last_name email gender region highest_education imd_band age_band "
                       "disability credits gpa registered_on status adviser_id directory_opt_out "
                       "employer_consent updated_at",
    "oracle_courses": "course_id code title description department level credits length_days starts_on updated_at",
    "oracle_enrollments": "enrollment_id student_id course_id registered_on withdrawn_on previous_attempts "
                          "studied_credits final_result updated_at",
    "oracle_academic_records": "record_id student_id course_id assessment_id assessment_type weight submitted_on "
                               "is_banked score updated_at",
    "workday_students": "workday_id student_id first_name last_name email program_id program career_interest skills "
                        "expected_graduation status",
    "workday_academic_programs": "program_id title level department field occupation_code status",
    "workday_job_postings": "job_posting_id title company location country description url start_date "
                            "application_deadline time_type job_type category salary_min salary_max currency education "
                            "experience status",
    "tableau_student_analytics": "student_id performance_score engagement_level learning_style assessments_submitted "
                                 "mean_days_early last_activity",
}


def raw_view(db, raw, table, columns):
    """A view of a raw table with the columns the script relies on; absent ones are NULL."""
    flat = raw / f"{table}.parquet"
    files = [flat] if flat.exists() else sorted((raw / table).glob("**/*.parquet"))
    if not files:
        source, present = "(SELECT 1) WHERE false", set()
    else:
        listed = ", ".join(f"'{file}'" for file in files)
        source = f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)"
        present = {row[0] for row in db.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
    absent = {"_extracted_at": "TIMESTAMP", "_op": "VARCHAR"}
    selected = ", ".join(
        f'"{name}"' if name in present else f'CAST(NULL AS {absent.get(name, "VARCHAR")}) AS "{name}"'
        for name in columns + ["_extracted_at", "_op"])
    db.execute(f"CREATE VIEW raw_{table} AS SELECT {selected} FROM {source}")


def differing(table, out, curated):
    """How many rows stand in one of the two only, compared as JSON without regard to order."""
    db = duckdb.connect()
    ours = f"SELECT CAST(to_json(t) AS VARCHAR) FROM read_parquet('{curated}/{table}/*/*/*.parquet', hive_partitioning = false) t"
    theirs = f"SELECT CAST(to_json(t) AS VARCHAR) FROM read_parquet('{out}/{table}.parquet') t"
    return sum(
        db.execute(f"SELECT count(*) FROM ({left} EXCEPT ALL {right})").fetchone()[0]
        for left, right in ((ours, theirs), (theirs, ours)))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("raw", type=pathlib.Path)
    arguments.add_argument("out", type=pathlib.Path)
    arguments.add_argument("--threads", type=int)
    arguments.add_argument("--compare", type=pathlib.Path)
    options = arguments.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)

    begin = time.perf_counter()
    db = duckdb.connect()
    db.execute("SET preserve_insertion_order = false")
    if options.threads:
        db.execute(f"SET threads = {options.threads}")
    db.execute((PIPELINE / "Models/prelude.duckdb.sql").read_text())
    for table, columns in RAW.items():
        raw_view(db, options.raw, table, columns.split())
    for file in sorted((PIPELINE / "Taxonomy").glob("*.parquet")):
        db.execute(f"CREATE VIEW seed_{file.stem} AS SELECT * FROM '{file}'")
    db.execute((pathlib.Path(__file__).parent / "peer.sql").read_text())
    rows = {}
    for table in TABLES:
        file = options.out / f"{table}.parquet"
        rows[table] = db.execute(
            f"COPY {table} TO '{file}' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880)").fetchone()[0]
    seconds = round(time.perf_counter() - begin, 3)
    result = {"peer": "duckdb " + duckdb.__version__, "seconds": seconds, "rows": rows}
    if options.compare:
        result["differing_rows"] = {table: differing(table, options.out, options.compare) for table in TABLES}
    print(json.dumps(result))
    if any(result.get("differing_rows", {}).values()):
        raise SystemExit("the script's curated tables differ from the lake's")


main()
