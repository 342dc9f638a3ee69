"""Runs the search benchmark: Lyceum and Tantivy on the same terms, pinned to one core, one after the other.

    bench.py SEARCH_BENCH SHARED_DATA FOLDER [COPIES]

Prints the rows of both engines and a last line {"check": "search", "ok": …} with the ratios; ok when OR is at least 1.5
times the better of Tantivy's two ways, AND and phrase at least 1.0 times its faster one.
"""

import json
import os
import subprocess
import sys


def rows(command):
    out = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            out.append(json.loads(line))
    if process.returncode:
        sys.exit(f"{command[0]} failed with {process.returncode}")
    return out


def main():
    program, shared, folder = sys.argv[1:4]
    copies = sys.argv[4] if len(sys.argv) > 4 else "1"
    here = os.path.dirname(os.path.abspath(__file__))
    os.makedirs(folder, exist_ok=True)
    subprocess.run([sys.executable, f"{here}/data.py", shared, folder, copies], check=True)
    pin = ["taskset", "-c", "0"]
    run = [program, f"{folder}/documents.tsv", f"{folder}/queries.txt"]
    index = f"{folder}/index"
    rows(run + [index, "2", "two"])
    ours = rows(pin + run + [index, "1", "terms"])
    theirs = rows(pin + [sys.executable, f"{here}/peer.py", f"{index}/documents.terms", f"{index}/queries.terms",
                         index, "terms"])
    qps = {row["measure"]: row["qps"] for row in ours if "qps" in row}
    peer = {row["measure"]: row["qps"] for row in theirs if "qps" in row}
    ratios = {}
    for kind in ("term", "or", "and", "phrase", "fuzzy"):
        ratios[kind] = round(qps[kind] / max(peer[kind], peer.get(f"{kind} from text", 0)), 2)
    same, tied, other = agreement(index)
    ok = ratios["or"] >= 1.5 and ratios["and"] >= 1 and ratios["phrase"] >= 1 and other == 0
    print(json.dumps({"check": "search", "ok": ok, "copies": int(copies), "ratios": ratios, "or_same": same,
                      "or_same_but_ties": tied, "or_different": other}))
    sys.exit(0 if ok else 1)


def agreement(folder):
    """How many OR queries give the same ten documents, the same but for ties at the end, or others."""
    def read(name):
        with open(f"{folder}/{name}", encoding="utf-8") as file:
            return [line.split() for line in file.read().split("\n")]
    same = tied = other = 0
    for ours, theirs, scores in zip(read("or.ids"), read("peer-or.ids"), read("peer-or.scores")):
        if set(ours) == set(theirs):
            same += 1
            continue
        last = float(scores[-1]) if scores else 0
        above = {name for name, score in zip(theirs, scores) if float(score) > last * 1.0001}
        if above <= set(ours):
            tied += 1
        else:
            other += 1
    return same, tied, other


main()
