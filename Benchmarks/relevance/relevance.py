#!/usr/bin/env python3
# Judges what Lyceum ranks against BM25 alone, vectors alone and the sentence encoder MiniLM; JSON lines.
"""usage: relevance.py [--data FOLDER] [--program relevance] [SET]...

Prints a line for each set and system with mean average precision, reciprocal rank, nDCG@10, precision@10 and
recall@100; one for each comparison with the p of a paired randomisation test; and a last one that says whether every
floor is kept. Writes rankings and values query by query to .lyceum/relevance, in the formats of trec_eval."""

import argparse
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(ROOT, "scripts", "embeddings")]

import numpy  # noqa: E402

import measures  # noqa: E402
import minilm  # noqa: E402
import sets  # noqa: E402

# What must not be lost again: (set, system, measure) and the least value.
FLOORS = json.load(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "floors.json"), encoding="utf-8"))
COMPARED = [
    ("hybrid", "keyword"), ("hybrid", "minilm"), ("vector", "minilm"), ("recommend", "hybrid"),
    ("encoder-vector", "vector"), ("encoder-hybrid", "hybrid"), ("encoder-recommend", "recommend"),
]
ENCODER = os.path.join(ROOT, ".lyceum", "encoder")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default=os.environ.get("LYCEUM_DATA", os.path.join(ROOT, "..", "shared", "data")))
    parser.add_argument("--program", default=os.path.join(ROOT, "Benchmarks", ".build", "release", "relevance"))
    parser.add_argument("sets", nargs="*")
    options = parser.parse_args()
    if not os.path.isdir(options.data):
        parser.error(f"there is no folder {options.data} with the judged sets; name one with --data or LYCEUM_DATA")
    return options


def write_lines(path, records):
    with open(path, "w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def read_run(path):
    rankings = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            query, _, document, *_ = line.split()
            rankings.setdefault(query, []).append(document)
    return rankings


def run_lyceum(judged, folder, program):
    """The rankings of Lyceum's own systems by name."""
    write_lines(os.path.join(folder, "documents.jsonl"), judged.documents)
    write_lines(os.path.join(folder, "queries.jsonl"), judged.queries)
    with open(os.path.join(folder, "set.json"), "w", encoding="utf-8") as file:
        json.dump(judged.settings, file)
    names = ["keyword", "vector", "hybrid"] + (["recommend"] if judged.kind == "match" else [])
    subprocess.run([program, judged.kind, folder, folder], check=True)
    rankings = {name: read_run(os.path.join(folder, name + ".run")) for name in names}
    # The same with the sentence encoder beside the bundled model.
    beside = os.path.join(folder, "encoder")
    os.makedirs(beside, exist_ok=True)
    subprocess.run([program, judged.kind, folder, beside, ENCODER], check=True)
    return rankings | {"encoder-" + name: read_run(os.path.join(beside, name + ".run")) for name in names[1:]}


def run_minilm(judged, folder):
    """The encoder's ranking by cosine; its vectors are kept, since they take minutes."""
    encoder = None

    def vectors(name, texts):
        nonlocal encoder
        path = os.path.join(folder, f"minilm-{name}-{sets.hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:12]}.npy")
        if not os.path.exists(path):
            encoder = encoder or minilm.MiniLM()
            made = encoder.encode(texts)
            numpy.save(path + ".partial.npy", made)
            os.replace(path + ".partial.npy", path)
        return numpy.load(path)

    keys = list(judged.document_texts)
    documents = vectors("documents", list(judged.document_texts.values()))
    queries = vectors("queries", list(judged.query_texts.values()))
    depth = judged.settings.get("depth", 100) + judged.among
    rankings = {}
    with open(os.path.join(folder, "minilm.run"), "w", encoding="utf-8") as file:
        for query, vector in zip(judged.query_texts, queries):
            scores = documents @ vector
            best = numpy.argsort(-scores, kind="stable")[:depth]
            rankings[query] = [keys[number] for number in best]
            for rank, number in enumerate(best, 1):
                file.write(f"{query} Q0 {keys[number]} {rank} {scores[number]:.6f} minilm\n")
    return rankings


def judge(judged, rankings, folder, name):
    if judged.among:
        rankings = {query: [d for d in ranking if d != query] for query, ranking in rankings.items()}
    values = measures.evaluate(rankings, judged.answers)
    with open(os.path.join(folder, name + ".eval"), "w", encoding="utf-8") as file:
        for measure, numbers in values.items():
            for query, number in zip(sorted(judged.answers), numbers):
                file.write(f"{measure}\t{query}\t{number:.4f}\n")
            file.write(f"{measure}\tall\t{numpy.mean(numbers):.4f}\n")
    return values


def say(**fields):
    print(json.dumps(fields), flush=True)


def main():
    options = arguments()
    missed, seen = [], []
    for judged in sets.read(options.data):
        if options.sets and judged.name not in options.sets:
            continue
        seen.append(judged.name)
        folder = os.path.join(ROOT, ".lyceum", "relevance", judged.name)
        os.makedirs(folder, exist_ok=True)
        systems = run_lyceum(judged, folder, options.program)
        systems["minilm"] = run_minilm(judged, folder)
        values = {name: judge(judged, rankings, folder, name) for name, rankings in systems.items()}
        for name, measured in values.items():
            figures = {measure: round(float(numpy.mean(numbers)), 4) for measure, numbers in measured.items()}
            say(set=judged.name, system=name, queries=len(judged.answers), documents=len(judged.documents), **figures)
            for measure, least in FLOORS.get(judged.name, {}).get(name, {}).items():
                if figures[measure] < least:
                    missed.append(f"{judged.name} {name} {measure} {figures[measure]} < {least}")
        for better, worse in COMPARED:
            if better in values and worse in values:
                pair = values[better][judged.measure], values[worse][judged.measure]
                say(
                    set=judged.name,
                    compared=[better, worse],
                    measure=judged.measure,
                    difference=round(float(numpy.mean(pair[0]) - numpy.mean(pair[1])), 4),
                    p=round(measures.randomisation(*pair), 4),
                )
    say(check="relevance", ok=not missed and bool(seen), sets=seen, missed=missed)
    sys.exit(0 if not missed and seen else 1)


if __name__ == "__main__":
    main()
