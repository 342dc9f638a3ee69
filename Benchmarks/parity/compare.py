"""Compares all tables that models made in two lakes, row by row; prints a JSON line for each and a verdict.

    compare.py LAKE LAKE

Rows have no order; numbers with a fraction may differ by 1e-9, relative to their size. Exits with 1 on any difference.
The lakes are plain folders (not encrypted) that were built from the same raw rows.
"""

import json
import pathlib
import sys

import duckdb

ZONES = ["clean", "enriched", "curated", "quarantine"]
# What tells of the run and not of the row. Pages overlap by a record: one that cannot be read and stands on two of them has the
# location of whichever came first, with either engine.
RUN_COLUMNS = {"run_id", "quarantined_at", "location"}


def tables(lake):
    return {
        f"{zone}.{path.name}": path
        for zone in ZONES
        if (lake / zone).is_dir()
        for path in sorted((lake / zone).iterdir())
    }


def leaves(name, kind):
    """The scalar parts of a column, as SQL expressions with whether they are approximate."""
    if kind.startswith("STRUCT"):
        for member, inner in duckdb.sqltype(kind).children:
            yield from leaves(f'{name}."{member}"', str(inner))
    else:
        yield name, kind in ("DOUBLE", "FLOAT")


def compare(database, left, right):
    files = [[str(f) for f in path.rglob("*.parquet")] for path in (left, right)]
    scans = [f"read_parquet({f!r}, hive_partitioning = true, union_by_name = true)" for f in files]
    columns = [
        [(row[0], row[1]) for row in database.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall() if row[0] not in RUN_COLUMNS]
        for scan in scans
    ]
    if columns[0] != columns[1]:
        return {"differences": -1, "columns": [c for c in columns[0] + columns[1] if not (c in columns[0] and c in columns[1])]}
    parts = [leaf for name, kind in columns[0] for leaf in leaves(f'"{name}"', kind)]
    # A row in quarantine says when it was extracted, which is the run's affair as well.
    exact = [
        f"""regexp_replace(row_json, '"_extracted_at":"[^"]*"', '')""" if part == '"row_json"' else part
        for part, approximate in parts
        if not approximate
    ]
    loose = [part for part, approximate in parts if approximate]
    # Rows of equal exact values are paired in the order of their approximate ones.
    select = ", ".join([f"{part} AS e{i}" for i, part in enumerate(exact)] + [f"{part} AS l{i}" for i, part in enumerate(loose)])
    keys = ", ".join(f"e{i}" for i in range(len(exact)))
    order = ", ".join(f"l{i}" for i in range(len(loose))) or "1"
    for name, scan in zip("ab", scans):
        database.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT *, row_number() OVER (PARTITION BY {keys} ORDER BY {order}) AS n "
            f"FROM (SELECT {select} FROM {scan})"
        )
    pairs = " AND ".join([f"a.e{i} IS NOT DISTINCT FROM b.e{i}" for i in range(len(exact))] + ["a.n = b.n"])
    near = " AND ".join(
        f"(a.l{i} IS NOT DISTINCT FROM b.l{i} OR abs(a.l{i} - b.l{i}) <= 1e-9 * greatest(1, abs(a.l{i})))" for i in range(len(loose))
    ) or "true"
    counts = [database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in "ab"]
    differing = database.execute(
        f"SELECT count(*) FROM a FULL JOIN b ON {pairs} WHERE a.n IS NULL OR b.n IS NULL OR NOT coalesce({near}, false)"
    ).fetchone()[0]
    result = {"rows": counts, "differences": differing}
    if differing:
        result["only_left"] = database.execute(
            f"SELECT count(*) FROM a ANTI JOIN b ON {pairs}"
        ).fetchone()[0]
        if SHOW:
            print(database.execute(f"SELECT * FROM a ANTI JOIN b ON {pairs} ORDER BY ALL LIMIT 3").fetchall(), file=sys.stderr)
            print(database.execute(f"SELECT * FROM b ANTI JOIN a ON {pairs} ORDER BY ALL LIMIT 3").fetchall(), file=sys.stderr)
    return result


def main():
    left, right = (tables(pathlib.Path(place)) for place in sys.argv[1:3])
    database = duckdb.connect()
    wrong = rows = 0
    for name in sorted(set(left) | set(right)):
        if name in left and name in right:
            result = compare(database, left[name], right[name])
        else:
            result = {"differences": -1, "missing": "left" if name not in left else "right"}
        wrong += result["differences"] != 0
        rows += result.get("rows", [0])[0]
        print(json.dumps({"parity": name, **result}, ensure_ascii=False), flush=True)
    ok = not wrong and bool(left)
    print(json.dumps({"check": "parity", "ok": ok, "tables": len(set(left) | set(right)), "rows": rows, "tables_that_differ": wrong}))
    return 0 if ok else 1


# Rows are data about people; they are shown only when somebody asks.
SHOW = "--show" in sys.argv
sys.exit(main())
