"""Tantivy on the same documents and queries, timed from text to ids and with the query made beforehand.

    peer.py DOCUMENTS_TERMS QUERIES_TERMS FOLDER LABEL

Takes documents and queries as the terms Lyceum indexes, a line each, so that both engines hold the same postings.
Prints one JSON line a measurement and writes the ids found to FOLDER/peer-<kind>.ids, their scores to .scores. With the
label "equality" it writes ids and scores and measures nothing.
"""

import json
import os
import shutil
import sys
import time

import tantivy


def main():
    documents_path, queries_path, folder, label = sys.argv[1:5]
    documents = open(documents_path, encoding="utf-8").read().split("\n")
    queries = open(queries_path, encoding="utf-8").read().split("\n")
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", stored=False, tokenizer_name="whitespace", index_option="position")
    builder.add_unsigned_field("id", stored=True, indexed=False)
    schema = builder.build()
    # Built with two threads for the time, with one for the searches: one segment, as Lyceum's index has.
    if label != "equality":
        seconds, _, _ = build(schema, os.path.join(folder, "tantivy-two"), documents, 2)
        emit(label, "build", threads=2, seconds=seconds, documents_per_second=len(documents) / seconds)
    _, index, size = build(schema, os.path.join(folder, "tantivy"), documents, 1)
    searcher = index.searcher()
    if searcher.num_segments != 1:
        sys.exit(f"peer: {searcher.num_segments} segments instead of one")
    emit(label, "index", bytes=size, segments=searcher.num_segments)

    term = tantivy.Query.term_query
    words = [query.split() for query in queries]

    def boolean(occur, parts):
        return tantivy.Query.boolean_query([(occur, term(schema, "text", part)) for part in parts])

    def phrase(parts):
        if len(parts) < 2:
            return boolean(tantivy.Occur.Must, parts)
        return tantivy.Query.phrase_query(schema, "text", list(parts))

    longest = [max(parts, key=len) if parts else "" for parts in words]
    kinds = {
        "term": [term(schema, "text", word) for word in longest],
        "or": [boolean(tantivy.Occur.Should, parts) for parts in words],
        "and": [boolean(tantivy.Occur.Must, parts) for parts in words],
        "phrase": [phrase(parts) for parts in words],
        "fuzzy": [tantivy.Query.fuzzy_term_query(schema, "text", word[:-2] + word[-1:] if len(word) > 4 else word,
                                                 distance=1) for word in longest],
    }
    for kind, made in kinds.items():
        found = [searcher.search(query, 10, count=False).hits for query in made]
        ids = [" ".join(str(searcher.doc(address)["id"][0]) for _, address in hits) for hits in found]
        scores = [" ".join(f"{score:.9g}" for score, _ in hits) for hits in found]
        open(os.path.join(folder, f"peer-{kind}.ids"), "w").write("\n".join(ids))
        open(os.path.join(folder, f"peer-{kind}.scores"), "w").write("\n".join(scores))
        if label == "equality":
            continue
        measure(label, kind, made, lambda query: searcher.search(query, 10, count=False))
    if label == "equality":
        return
    text = {"or": queries, "and": [" ".join("+" + part for part in parts) for parts in words],
            "phrase": ['"' + query + '"' for query in queries]}
    for kind, made in text.items():
        def from_text(query):
            result = searcher.search(index.parse_query(query, ["text"]), 10, count=False)
            return [searcher.doc(address)["id"][0] for _, address in result.hits]
        try:
            measure(label, kind + " from text", made, from_text)
        except ValueError as error:
            print(f"peer: {kind} from text: {error}", file=sys.stderr)


def build(schema, path, documents, threads):
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    index = tantivy.Index(schema, path=path, reuse=False)
    begun = time.perf_counter()
    # Memory for all documents: a writer that runs out of it begins another segment.
    writer = index.writer(2_000_000_000, threads)
    for number, text in enumerate(documents):
        writer.add_document(tantivy.Document(text=text, id=number))
    writer.commit()
    writer.wait_merging_threads()
    seconds = time.perf_counter() - begun
    index.reload()
    return seconds, index, sum(os.path.getsize(os.path.join(path, name)) for name in os.listdir(path))


def measure(label, kind, queries, search):
    best, times = float("inf"), []
    for _ in range(5):
        own = []
        begun = time.thread_time()
        for query in queries:
            started = time.perf_counter()
            search(query)
            own.append((time.perf_counter() - started) * 1e6)
        seconds = time.thread_time() - begun
        if seconds < best:
            best, times = seconds, sorted(own)
    emit(label, kind, threads=1, qps=len(queries) / best, p50_us=times[len(times) // 2],
         p99_us=times[len(times) * 99 // 100])


def emit(label, kind, **values):
    print(json.dumps({"engine": "tantivy", "label": label, "measure": kind, **values}), flush=True)


main()
