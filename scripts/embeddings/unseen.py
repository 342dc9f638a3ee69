# The measure of unseen titles: does a title of an occupation left out of training find its other titles?
"""Half of the occupations left out are for development (what the trainer prints), half for the final measure."""

import hashlib
from dataclasses import dataclass

import numpy

QUERIES_PER_OCCUPATION = 3


@dataclass
class Questions:
    titles: list
    # Per taxonomy: the numbers of its titles, the occupation of each, and the numbers of the queries.
    parts: dict

    def rankings(self, part, vectors):
        """(query, numbers of the other titles in order of falling cosine) for each query of a taxonomy."""
        members, _, queries = self.parts[part]
        for query in queries:
            others = members[members != query]
            scores = vectors[others] @ vectors[query]
            yield query, others[numpy.argsort(-scores, kind="stable")]

    def relevant(self, part, query):
        members, occupations, _ = self.parts[part]
        same = members[occupations == occupations[members == query][0]]
        return set(same[same != query].tolist())

    def score(self, vectors):
        """Mean average precision per taxonomy."""
        out = {}
        for part in self.parts:
            values = []
            for query, ranking in self.rankings(part, vectors):
                ranks = 1 + numpy.flatnonzero(numpy.isin(ranking, list(self.relevant(part, query))))
                values.append((numpy.arange(1, len(ranks) + 1) / ranks).mean())
            out[part] = round(float(numpy.mean(values)), 4)
        return out


def half_of(key):
    """The half that an occupation left out belongs to: 0 is for development, 1 for the measure."""
    return hashlib.sha256(f"half {key}".encode()).digest()[0] % 2


def questions(texts, half=0):
    """The questions of one half. A title that two occupations have is left out."""
    chosen = {key: titles for key, titles in texts.unseen.items() if half_of(key) == half}
    titles, parts = [], {}
    for part in ("onet", "esco"):
        counts = {}
        for key in chosen:
            if key.startswith(part):
                for title in {title.lower() for title in chosen[key]}:
                    counts[title] = counts.get(title, 0) + 1
        members, occupations, queries = [], [], []
        for number, key in enumerate(key for key in chosen if key.startswith(part)):
            own = list({title.lower(): title for title in chosen[key] if counts[title.lower()] == 1}.values())
            if len(own) < 3:
                continue
            numbers = list(range(len(titles), len(titles) + len(own)))
            titles += own
            members += numbers
            occupations += [number] * len(own)
            queries += numbers[:QUERIES_PER_OCCUPATION]
        parts[part] = numpy.array(members), numpy.array(occupations), queries
    return Questions(titles, parts)
