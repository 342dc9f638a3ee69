// Runs Lyceum's search over a set of documents and queries and writes what it ranks, for `relevance.py` to judge.

import Foundation
import LyceumSearch

@main
struct Relevance {
    static let usage = """
        usage: relevance search SET DIRECTORY      rank SET/documents.jsonl for SET/queries.jsonl; write *.run
               relevance match SET DIRECTORY       recommend SET/documents.jsonl (jobs) to SET/queries.jsonl (students)
               … DIRECTORY ENCODER                 either with the sentence encoder in a folder beside the bundled model
               relevance embed FILE VECTORS        embed each line of FILE; write 32-bit floats
               relevance nearest FILE QUERIES OUT  time the ten nearest lines of FILE for each line of QUERIES
        """

    static func main() {
        do {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            FileHandle.standardError.write(Data("relevance: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) throws {
        switch (arguments.first, arguments.count) {
        case ("search", 3): try search(folder(arguments[1]), into: folder(arguments[2]))
        case ("match", 3): try match(folder(arguments[1]), into: folder(arguments[2]))
        case ("search", 4), ("match", 4):
            let table = try StaticEmbedder.bundled()
            let encoder = CombinedEmbedder(table, try SentenceEncoder(folder: folder(arguments[3])))
            let rank = arguments[0] == "search" ? search : match
            try rank(folder(arguments[1]), folder(arguments[2]), encoder)
        case ("embed", 3): try embed(file(arguments[1]), into: file(arguments[2]))
        case ("nearest", 4): try nearest(file(arguments[1]), queries: file(arguments[2]), into: file(arguments[3]))
        default:
            FileHandle.standardError.write(Data("\(usage)\n".utf8))
            exit(64)
        }
    }

    private static func folder(_ path: String) -> URL { URL(filePath: path, directoryHint: .isDirectory) }
    private static func file(_ path: String) -> URL { URL(filePath: path, directoryHint: .notDirectory) }

    /// One document or query: `{"id", "title", "text"}`, of which a query has only a text.
    struct Record: Decodable {
        var id: String
        var title: String?
        var text: String?
    }

    /// How a set is searched, from `SET/set.json`.
    struct Settings: Decodable {
        var titleWeight: Double?
        var depth: Int
    }

    static func lines(_ file: URL) throws -> [Substring] {
        String(decoding: try Data(contentsOf: file), as: UTF8.self).split(separator: "\n")
    }

    private static func search(_ set: URL, into output: URL, _ embedder: (any Embedder)? = nil) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let settings = try decoder.decode(
            Settings.self,
            from: try Data(contentsOf: set.appending(path: "set.json"))
        )
        var fields = [FieldDefinition("title", .text(weight: settings.titleWeight ?? 1))]
        var vectorFields = ["title"]
        let records = try lines(set.appending(path: "documents.jsonl")).map {
            try decoder.decode(Record.self, from: Data($0.utf8))
        }
        let hasText = records.contains { $0.text != nil }
        if hasText {
            fields.append(FieldDefinition("text", .text(weight: 1)))
            vectorFields.append("text")
        }
        let schema = CollectionSchema(
            name: "documents",
            fields: fields,
            titleField: "title",
            vectorFields: vectorFields
        )
        try withIndex { directory in
            let writer = try SnapshotWriter(directory: directory, model: embedder.map { .custom($0) } ?? .bundled)
            let collection = try writer.collection(schema)
            for record in records {
                var values: [String: FieldValue] = ["title": .text(record.title ?? "")]
                if let text = record.text { values["text"] = .text(text) }
                try collection.add(schema.document(id: record.id, json: "{}", values: values))
            }
            _ = try writer.finish()
            guard
                let documents = try Snapshot.open(directory: directory, embedders: embedder.map { [$0] } ?? [])
                    .collection("documents")
            else { return }
            let queries = try lines(set.appending(path: "queries.jsonl")).map {
                try decoder.decode(Record.self, from: Data($0.utf8))
            }
            for mode in SearchRequest.Mode.allCases {
                var run = Run(tag: mode.rawValue)
                for query in queries {
                    let request = SearchRequest(query: query.text ?? "", limit: settings.depth, mode: mode)
                    run.add(query.id, try documents.search(request).hits.map { ($0.id, $0.score) })
                }
                try run.write(to: output)
            }
        }
    }

    private static func match(_ set: URL, into output: URL, _ embedder: (any Embedder)? = nil) throws {
        try withIndex { directory in
            let writer = try SnapshotWriter(directory: directory, model: embedder.map { .custom($0) } ?? .bundled)
            let collection = try writer.collection(.jobs)
            for line in try lines(set.appending(path: "documents.jsonl")) {
                try collection.add(try CollectionSchema.jobs.document(fromJSON: String(line)))
            }
            _ = try writer.finish()
            let snapshot = try Snapshot.open(directory: directory, embedders: embedder.map { [$0] } ?? [])
            guard let jobs = snapshot.collection("jobs") else { return }
            let decoder = JSONDecoder()
            decoder.keyDecodingStrategy = .convertFromSnakeCase
            let students = try lines(set.appending(path: "queries.jsonl")).map { line in
                let data = Data(line.utf8)
                return (try decoder.decode(Student.self, from: data), data)
            }
            var recommended = Run(tag: "recommend")
            for (student, data) in students {
                let result = try Recommender(snapshot: snapshot).jobs(forStudent: data, limit: 100, openOnly: false)
                recommended.add(student.studentId, result.hits.map { ($0.id, $0.score) })
            }
            try recommended.write(to: output)
            for mode in SearchRequest.Mode.allCases {
                var run = Run(tag: mode.rawValue)
                for (student, _) in students {
                    let request = SearchRequest(query: student.text, limit: 100, mode: mode)
                    run.add(student.studentId, try jobs.search(request).hits.map { ($0.id, $0.score) })
                }
                try run.write(to: output)
            }
        }
    }

    /// What a search is asked for a student: the interest and the skills.
    struct Student: Decodable {
        struct Career: Decodable { var interest: String }
        var studentId: String
        var careerInfo: Career
        var skills: [String]
        var text: String { ([careerInfo.interest] + skills).joined(separator: ", ") }
    }

    static func withIndex(_ body: (URL) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "lyceum-relevance-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(directory)
    }
}

/// The rankings of all queries in the format of TREC.
struct Run {
    let tag: String
    private var text = ""

    init(tag: String) { self.tag = tag }

    mutating func add(_ query: String, _ hits: [(id: String, score: Float)]) {
        for (rank, hit) in hits.enumerated() { text += "\(query) Q0 \(hit.id) \(rank + 1) \(hit.score) \(tag)\n" }
    }

    func write(to directory: URL) throws {
        try Data(text.utf8).write(to: directory.appending(path: "\(tag).run"))
    }
}
