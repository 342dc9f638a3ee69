// Everything that is known of one person, as one document (GDPR article 15, FERPA 99.10).

import Arrow
import Foundation
import LyceumCore
import LyceumLake
import LyceumSearch

/// Makes the document of a person's data.
struct SubjectExport {
    let pipeline: Pipeline
    let lake: Lake
    let search: SubjectSearch

    /// The document, on many lines with keys sorted.
    func document(of identity: SubjectIdentity) async throws -> String {
        let finds = Dictionary(grouping: try await search.find(identity), by: \.place.table)
        var tables: [[String: Any]] = []
        for place in search.places {
            guard let finds = finds[place.table] else { continue }
            tables.append(try await table(place, finds))
        }
        let document: [String: Any] = [
            "version": 1,
            "kind": "lyceum.subject_export",
            "created_at": Timestamp.iso(pipeline.now()),
            "subject": identity.identifiers.mapValues { $0.sorted() },
            "tables": tables,
            "recipients": recipients,
            "search_index": try searchIndex(identity),
            "holds": try await pipeline.holds(on: identity, lake).map {
                ["id": $0.id, "reason": $0.reason, "placed_at": Timestamp.iso($0.placedAt)] as [String: Any]
            },
        ]
        let data = try JSONSerialization.data(
            withJSONObject: document,
            options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        )
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    private func table(_ place: SubjectSearch.Place, _ finds: [SubjectSearch.Find]) async throws -> [String: Any] {
        let table = place.table
        let columns = place.summary.columns.map { column in
            [
                "name": column.name, "description": column.description, "personal_data": column.pii.rawValue,
                "purpose": column.purpose, "retention": column.retention,
            ]
        }
        var entry: [String: Any] = [
            "table": table.name,
            "zone": table.zone.rawValue,
            "description": place.summary.description,
            "purpose": Self.purpose(of: table.zone),
            "columns": columns,
            "made_from": try await lake.ledger.build(of: table)?.inputs.map(\.name) ?? [],
            "rows": try await rows(place, finds),
        ]
        let bases = pipeline.configuration.privacy.legalBasis
        if let basis = bases[table.description] ?? bases[table.name] ?? bases["default"] {
            entry["legal_basis"] = basis
        }
        return entry
    }

    /// Each distinct row once, with where it stands and whence it came.
    private func rows(_ place: SubjectSearch.Place, _ finds: [SubjectSearch.Find]) async throws -> [[String: Any]] {
        let names = Set(place.sql.columns.map(\.name))
        func column(_ candidates: String...) -> String {
            candidates.first(where: names.contains).map { "CAST(t.\(SQLText.identifier($0)) AS VARCHAR)" } ?? "NULL"
        }
        var found: [String: [String: Any]] = [:]
        var order: [String] = []
        for find in finds.sorted(by: { !$0.file.isSuperseded && $1.file.isSuperseded }) {
            let query = """
                SELECT CAST(to_json(t) AS VARCHAR), \(column("_source", "source_name")), \(column("_run_id", "run_id")),
                    \(column("_extracted_at", "quarantined_at"))
                FROM \(search.scan([find.file])) t WHERE \(find.condition)
                """
            for try await batch in try await search.engine.query(query, []) {
                for row in 0..<batch.count {
                    let text = batch.column(0).string(at: row) ?? "{}"
                    guard found[text] == nil else { continue }
                    let data = try JSONSerialization.jsonObject(with: Data(text.utf8))
                    var entry: [String: Any] = [
                        "data": data,
                        "state": find.file.isSuperseded ? "history" : "current",
                        "source": batch.column(1).string(at: row) ?? find.file.source ?? "lyceum",
                        "run": batch.column(2).string(at: row) ?? find.file.path.run?.text ?? "",
                    ]
                    if let time = batch.column(3).string(at: row) { entry["extracted_at"] = time }
                    found[text] = entry
                    order.append(text)
                }
            }
        }
        return order.compactMap { found[$0] }
    }

    private static func purpose(of zone: Zone) -> String {
        switch zone {
        case .raw: "Kept as the source delivered it, to compute everything else from."
        case .clean: "Checked and typed, to compute profiles and recommendations from."
        case .enriched: "Derived, to find skills, gaps and courses that close them."
        case .curated: "Served to advisers, registrars and the person: search and recommendations."
        case .quarantine: "Set aside because it broke a rule, to be mended."
        }
    }

    /// Who receives data of people, as the configuration shows it.
    private var recipients: [[String: String]] {
        let configuration = pipeline.configuration
        var recipients = [
            ["recipient": "Search index", "what": "curated profiles", "where": configuration.index.path],
            [
                "recipient": "HTTP API",
                "what": "curated profiles and recommendations, to callers whom the access policy allows",
                "where": "\(configuration.server.host):\(configuration.server.port)",
            ],
        ]
        if let glue = configuration.glue {
            recipients.append([
                "recipient": "AWS Glue",
                "what": "the tables' definitions and where their files are; no rows",
                "where": "\(glue.database) in \(glue.location)",
            ])
        }
        recipients += configuration.privacy.recipients.map { ["recipient": $0, "what": "as stated in lyceum.yaml"] }
        return recipients
    }

    /// The documents of the person that search serves.
    private func searchIndex(_ identity: SubjectIdentity) throws -> [String: Any] {
        guard
            let snapshot = try pipeline.configuration.snapshots().current,
            let students = snapshot.collection(CollectionSchema.students.name)
        else { return ["documents": [Any]()] }
        let documents = try (identity.identifiers["student_id"] ?? []).sorted().compactMap { id in
            try students.document(id: id).map { try JSONSerialization.jsonObject(with: $0) }
        }
        return ["version": snapshot.version, "documents": documents]
    }
}

extension Pipeline {
    /// Everything that the lake and the search index know of a person, as a JSON document.
    ///
    /// - Throws: ``PipelineError`` with code `notFound` when nothing is known, or `ambiguousSubject`.
    public func exportSubject(_ request: SubjectRequest) async throws -> String {
        let lake = try await openLake()
        let lease = try await lake.lease()
        defer { lease.release() }
        let engine = try await startEngine(for: lake)
        let search = try await subjectSearch(engine, lake)
        let identity = try await search.resolve(request.id, kind: request.kind, isLinked: request.isLinked)
        guard !identity.isEmpty else { throw Self.unknown(search) }
        return try await SubjectExport(pipeline: self, lake: lake, search: search).document(of: identity)
    }

    /// Writes a document about a person to a file that only its owner may read.
    public func write(_ document: String, to file: URL) throws { try PrivateFile.write(Data(document.utf8), to: file) }
}
