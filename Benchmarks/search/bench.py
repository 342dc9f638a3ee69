"""Runs the search benchmark: Lyceum and Tantivy on the same terms, pinned to one core, one after the other.

    bench.py SEARCH_BENCH SHARED_DATA FOLDER [COPIES]

Prints the rows of both engines and a last line {"check": "search", "ok": …} with the ratios; ok when OR is at least 1.5
times the better of Tantivy's two ways, AND and phrase at least 1.0 times its faster one, both engines find the same
documents in the same order, and a query that has ten times as many documents to score allocates no more memory for it.

Both engines score with BM25 (k1 1.2, b 0.75), but they do not count alike: Lyceum leaves tokens that stand beside others
(node.js beside node and js) out of a field's length, and Tantivy knows lengths above 40 only roughly. So what they find
is compared on a second pair of indexes, over the documents of at most 40 terms and with every term replaced by a code
word that either engine keeps as it is: the same terms, lengths and counts, hence the same scores.
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
    found = {kind: agreement(f"{folder}/equal/index", kind) for kind in equal(program, folder)}
    ok = ratios["or"] >= 1.5 and ratios["and"] >= 1 and ratios["phrase"] >= 1
    ok = ok and all(counts["different"] == 0 for counts in found.values())
    allocations = allocations_by_size(program, folder)
    ok = ok and all(large <= small for small, large in allocations.values())
    print(json.dumps({"check": "search", "ok": ok, "copies": int(copies), "ratios": ratios, "equality": found,
                      "allocations_per_query_at_1_and_10_times": allocations}))
    sys.exit(0 if ok else 1)


def allocations_by_size(program, folder, documents=12_000):
    """How often a query allocates on some documents, and on ten copies of each: of one who scores in a loop that allocates
    nothing, the text, the plan and the ten results remain, and are the same on both."""
    counts = {}
    with open(f"{folder}/documents.tsv", encoding="utf-8") as file:
        lines = [line for _, line in zip(range(documents), file)]
    place = f"{folder}/allocations"
    os.makedirs(place, exist_ok=True)
    for copies in (1, 10):
        with open(f"{place}/documents.tsv", "w", encoding="utf-8") as file:
            for copy in range(copies):
                file.writelines(f"{number}.{copy}\t{line.split(chr(9), 1)[1]}" for number, line in enumerate(lines))
        for row in rows([program, f"{place}/documents.tsv", f"{folder}/queries.txt", f"{place}/index", "1", "allocations"]):
            if "allocations_per_query" in row:
                counts.setdefault(row["measure"], []).append(round(row["allocations_per_query"], 1))
    return counts


LONGEST_EXACT = 40


def equal(program, folder):
    """Has both engines search the same code words; returns the kinds of query to compare."""
    numbers = {}

    def coded(line):
        # Letters with digits are one word to both engines and are stemmed by neither.
        return " ".join(f"x{numbers.setdefault(term, len(numbers))}" for term in line.split(" ") if term)

    def lines(name):
        with open(f"{folder}/index/{name}", encoding="utf-8") as file:
            return [coded(line) for line in file.read().split("\n")]
    documents = [line for line in lines("documents.terms") if line.count(" ") < LONGEST_EXACT]
    queries = lines("queries.terms")
    place = f"{folder}/equal"
    os.makedirs(place, exist_ok=True)
    with open(f"{place}/documents.tsv", "w", encoding="utf-8") as file:
        file.writelines(f"{number}\tall\t{line}\n" for number, line in enumerate(documents))
    for name, content in (("documents.terms", documents), ("queries.txt", queries)):
        with open(f"{place}/{name}", "w", encoding="utf-8") as file:
            file.write("\n".join(content))
    rows([program, f"{place}/documents.tsv", f"{place}/queries.txt", f"{place}/index", "1", "equality"])
    here = os.path.dirname(os.path.abspath(__file__))
    rows([sys.executable, f"{here}/peer.py", f"{place}/documents.terms", f"{place}/queries.txt", f"{place}/index",
          "equality"])
    return "or", "and", "phrase"


def agreement(folder, kind):
    """How many queries give the same documents in the same order, the same but for ties, or others.

    A tie is a score that differs by less than the rounding of sums in single precision.
    """
    def read(name):
        with open(f"{folder}/{name}", encoding="utf-8") as file:
            return [line.split() for line in file.read().split("\n")]
    counts = {"same": 0, "tied": 0, "different": 0}
    ours, theirs, scores = read(f"{kind}.ids"), read(f"peer-{kind}.ids"), read(f"peer-{kind}.scores")
    if not len(ours) == len(theirs) == len(scores):
        sys.exit(f"{kind}: {len(ours)} results beside {len(theirs)}")
    for mine, other, values in zip(ours, theirs, scores):
        if mine == other:
            counts["same"] += 1
            continue
        last = float(values[-1]) if values else 0
        above = {name for name, value in zip(other, values) if float(value) > last * (1 + 1e-6)}
        tied = len(mine) == len(other) and above <= set(mine)
        known = dict(zip(other, map(float, values)))
        order = [known.get(name, last) for name in mine]
        tied = tied and all(b <= a * (1 + 1e-6) for a, b in zip(order, order[1:]))
        counts["tied" if tied else "different"] += 1
    return counts


if __name__ == "__main__":
    main()
