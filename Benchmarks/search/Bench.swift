// Times the search engine on short documents: build, size, and every kind of query.

import Foundation
import LyceumSearch
import Synchronization
import allocations

/// `search-bench DOCUMENTS QUERIES INDEX THREADS LABEL`: documents are lines of an id, a kind and a text, queries are
/// lines of text. Prints one JSON line a measurement, and writes the ids found to `INDEX/<kind>.ids`. With the label
/// `equality` it writes the ids and measures nothing, with `allocations` it counts allocations of memory instead of time.
@main
struct Bench {
    static let schema = CollectionSchema(
        name: "documents",
        fields: [
            FieldDefinition("text", .text(weight: 1)),
            FieldDefinition("kind", .keyword(textWeight: nil), isFacet: true),
        ]
    )

    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 6, let threads = Int(arguments[4]) else {
            print("usage: search-bench DOCUMENTS QUERIES INDEX THREADS LABEL")
            exit(64)
        }
        let documents = try lines(arguments[1])
        let queries = try lines(arguments[2])
        let folder = URL(filePath: arguments[3])
        let label = arguments[5]
        try? FileManager.default.removeItem(at: folder)
        let clock = ContinuousClock()

        // Built from parsed documents, as a pipeline would.
        let parsed = documents.map { line -> IndexDocument in
            let parts = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            return IndexDocument(
                id: parts[0],
                json: "{}",
                values: [(0, .text(parts[2])), (1, .text(parts[1]))]
            )
        }
        let text = documents.reduce(0) { $0 + ($1.split(separator: "\t", maxSplits: 2).last?.utf8.count ?? 0) }
        let built = clock.now
        let snapshots = try SnapshotWriter(directory: folder, version: "bench")
        let writer = try snapshots.collection(schema)
        for document in parsed { try writer.add(document) }
        let manifest = try snapshots.finish()
        let buildSeconds = (clock.now - built) / .seconds(1)
        let files = manifest.collections["documents"]?.files ?? []
        func size(_ suffix: String) -> Int { files.filter { $0.name.contains(suffix) }.reduce(0) { $0 + $1.bytes } }
        let opened = clock.now
        let snapshot = try Snapshot.open(directory: folder, verification: .structure)
        let openSeconds = (clock.now - opened) / .seconds(1)
        guard let collection = snapshot.collection("documents") else { exit(1) }
        emit([
            "engine": "lyceum", "label": label, "measure": "build", "documents": documents.count,
            "documents_per_second": Double(documents.count) / buildSeconds, "seconds": buildSeconds,
            "text_bytes": text, "terms_bytes": size(".terms"), "columns_bytes": size(".columns"),
            "lookup_bytes": size(".lookup"), "open_ms": openSeconds * 1000,
        ])

        let filter = try Filter.parse("kind = usajobs OR kind = onet", schema: schema)
        let singles = queries.map(longestWord)
        let misspelt = singles.map { (word: String) -> String in
            word.count > 4 ? String(word.dropLast(2)) + String(word.suffix(1)) : word
        }
        let beginnings = queries.map { $0.count > 4 ? String($0.dropLast(2)) : $0 }
        func time(_ kind: String, _ queries: [String], _ search: @escaping @Sendable (String) throws -> [String]) throws
        {
            let found = try queries.map(search)
            try Data(found.map { $0.joined(separator: " ") }.joined(separator: "\n").utf8)
                .write(to: folder.appending(path: "\(kind).ids"))
            guard label != "equality" else { return }
            guard label != "allocations" else {
                // The first round has let all scratch memory grow to what these queries need.
                let before = allocations_of_this_thread()
                for query in queries { _ = try? search(query) }
                let count = Double(allocations_of_this_thread() - before) / Double(queries.count)
                emit(["engine": "lyceum", "label": label, "measure": kind, "allocations_per_query": count])
                return
            }
            // Processor time, which other programs on the machine do not stretch.
            var best = Double.infinity
            var times: [Double] = []
            for _ in 0..<5 {
                let used = Mutex(0.0)
                let all = Mutex<[Double]>([])
                DispatchQueue.concurrentPerform(iterations: threads) { _ in
                    let started = processorSeconds()
                    var own: [Double] = []
                    own.reserveCapacity(queries.count)
                    for query in queries {
                        let begun = clock.now
                        _ = try? search(query)
                        own.append((clock.now - begun) / .microseconds(1))
                    }
                    all.withLock { $0 += own }
                    let seconds = processorSeconds() - started
                    used.withLock { $0 += seconds }
                }
                let seconds = used.withLock { $0 } / Double(threads)
                if seconds < best {
                    best = seconds
                    times = all.withLock { $0 }
                }
            }
            times.sort()
            emit([
                "engine": "lyceum", "label": label, "measure": kind, "threads": threads,
                "qps": Double(times.count) / best, "p50_us": times[times.count / 2],
                "p99_us": times[times.count * 99 / 100], "found": found.filter { !$0.isEmpty }.count,
            ])
        }
        try time("term", singles) { try collection.bestIDs($0) }
        try time("or", queries) { try collection.bestIDs($0, .any) }
        try time("and", queries) { try collection.bestIDs($0, .all) }
        try time("phrase", queries) { try collection.bestIDs($0, .phrase) }
        if label == "equality" || label == "allocations" { return }
        try time("prefix", beginnings) { try collection.bestIDs($0, .prefix) }
        try time("fuzzy", misspelt) { try collection.bestIDs($0, .fuzzy) }
        try time("filtered", queries) { try collection.bestIDs($0, .any, filter: filter) }
        try time("faceted", Array(queries.prefix(500))) { query in
            let request = SearchRequest(query: query, facets: ["kind"], mode: .keyword, fields: [])
            return try collection.search(request).hits.map(\.id)
        }
        try time("search", queries) { query in
            let request = SearchRequest(query: query, mode: .keyword, fields: [], total: .none)
            return try collection.search(request).hits.map(\.id)
        }
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let resident = status.split(separator: "\n").first { $0.hasPrefix("RssFile") }
        emit([
            "engine": "lyceum", "label": label, "measure": "memory", "mapped_resident": String(resident ?? "unknown"),
        ])
        // The terms of documents and queries, for a peer that is to index the same ones.
        if label == "terms" {
            try dump(documents.map { String($0.split(separator: "\t", maxSplits: 2)[2]) }, folder, "documents.terms")
            try dump(queries, folder, "queries.terms")
        }
    }

    /// Processor time of this thread.
    static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    static func longestWord(_ text: String) -> String {
        let words = text.split(separator: " ").map(String.init)
        return words.max { a, b in a.count < b.count } ?? text
    }

    static func dump(_ texts: [String], _ folder: URL, _ name: String) throws {
        let lines = texts.map { LyceumSearch.Collection.terms(of: $0).joined(separator: " ") }
        try Data(lines.joined(separator: "\n").utf8).write(to: folder.appending(path: name))
    }

    static func lines(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    static func emit(_ values: [String: any Sendable]) {
        guard let data = try? JSONSerialization.data(withJSONObject: values, options: [.sortedKeys]) else { return }
        print(String(decoding: data, as: UTF8.self))
        fflush(nil)
    }
}
