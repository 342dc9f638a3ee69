# Measures of a ranking, as trec_eval defines them, and the paired randomisation test.
"""Rankings are lists of document keys, best first; answers are sets of document keys (relevance 0 or 1)."""

import math

import numpy


def average_precision(ranking, answers):
    found, total = 0, 0.0
    for rank, document in enumerate(ranking, 1):
        if document in answers:
            found += 1
            total += found / rank
    return total / len(answers)


def reciprocal_rank(ranking, answers):
    return next((1 / rank for rank, document in enumerate(ranking, 1) if document in answers), 0.0)


def ndcg(ranking, answers, depth=10):
    gain = sum(1 / math.log2(rank + 1) for rank, document in enumerate(ranking[:depth], 1) if document in answers)
    return gain / sum(1 / math.log2(rank + 1) for rank in range(1, min(depth, len(answers)) + 1))


def precision(ranking, answers, depth=10):
    return sum(document in answers for document in ranking[:depth]) / depth


def recall(ranking, answers, depth=100):
    return sum(document in answers for document in ranking[:depth]) / len(answers)


MEASURES = {
    "map": average_precision,
    "mrr": reciprocal_rank,
    "ndcg_10": ndcg,
    "p_10": precision,
    "recall_100": recall,
}


def evaluate(rankings, answers):
    """Per measure a list with one value a query, in the order of the queries' keys."""
    return {
        name: [measure(rankings.get(query, []), answers[query]) for query in sorted(answers)]
        for name, measure in MEASURES.items()
    }


def randomisation(a, b, samples=10_000, seed=20261123):
    """Two-sided p of the difference of paired means under random swaps of sign (Fisher's test, sampled)."""
    differences = numpy.asarray(a) - numpy.asarray(b)
    observed = abs(differences.mean())
    random = numpy.random.default_rng(seed)
    signs = random.integers(0, 2, size=(samples, len(differences)), dtype=numpy.int8) * 2 - 1
    return float((1 + (abs(signs @ differences) / len(differences) >= observed - 1e-12).sum()) / (samples + 1))
