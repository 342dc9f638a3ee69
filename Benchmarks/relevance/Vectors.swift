// Embedding and nearest vectors, timed.

import Foundation
import LyceumSearch

extension Relevance {
    /// Prints the time of one text: all lines are embedded once to warm up, then five times; the best pass counts.
    static func embed(_ file: URL, into output: URL) throws {
        let texts = try lines(file).map(String.init)
        let embedder = try StaticEmbedder.bundled()
        var vectors = Data(capacity: texts.count * embedder.dimensions * 4)
        for text in texts { embedder.embed(text).withUnsafeBytes { vectors.append(contentsOf: $0) } }
        try vectors.write(to: output)
        let best =
            (0..<5).map { _ in
                time { for text in texts { _ = embedder.embed(text) } }
            }.min() ?? .zero
        let microseconds = best.microseconds / Double(max(1, texts.count))
        print(
            """
            {"case":"embed","model":"\(embedder.version)","texts":\(texts.count),"dimensions":\(embedder.dimensions),\
            "microseconds_per_text":\(rounded(microseconds))}
            """
        )
    }

    /// Writes the ten nearest documents of each query and prints queries a second, from text to hits.
    static func nearest(_ file: URL, queries: URL, into output: URL) throws {
        let texts = try lines(file)
        let queries = try lines(queries).map(String.init)
        let schema = CollectionSchema(
            name: "documents",
            fields: [.init("title", .text(weight: 1))],
            vectorFields: ["title"]
        )
        try withIndex { directory in
            let writer = try SnapshotWriter(directory: directory)
            let collection = try writer.collection(schema)
            for (number, text) in texts.enumerated() {
                try collection.add(schema.document(id: "\(number)", json: "{}", values: ["title": .text(String(text))]))
            }
            _ = try writer.finish()
            guard let documents = try Snapshot.open(directory: directory).collection("documents") else { return }
            var run = Run(tag: "nearest")
            for (number, query) in queries.enumerated() {
                let hits = try documents.search(SearchRequest(query: query, mode: .vector, usesFeedback: false)).hits
                run.add("\(number)", hits.map { ($0.id, $0.score) })
            }
            try run.write(to: output)
            var taken: [Double] = []
            let total = try time {
                for query in queries {
                    let one = try time {
                        _ = try documents.search(SearchRequest(query: query, mode: .vector, usesFeedback: false))
                    }
                    taken.append(one.microseconds)
                }
            }
            taken.sort()
            let perSecond = Double(queries.count) / (total.microseconds / 1_000_000)
            print(
                """
                {"case":"nearest","documents":\(texts.count),"queries":\(queries.count),\
                "queries_per_second":\(rounded(perSecond)),"p50_us":\(rounded(taken[taken.count / 2])),\
                "p99_us":\(rounded(taken[taken.count * 99 / 100]))}
                """
            )
        }
    }

    private static func time(_ body: () throws -> Void) rethrows -> Duration {
        try ContinuousClock().measure(body)
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}

extension Duration {
    fileprivate var microseconds: Double {
        Double(components.seconds) * 1e6 + Double(components.attoseconds) / 1e12
    }
}
