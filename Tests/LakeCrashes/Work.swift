// The work that is killed: one publication, compaction, rollback, erasure, vacuum, backup or restore.

import Foundation
import LyceumCore
import LyceumLake

/// One piece of work on a lake; the seed determines all of it.
struct Work: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case publish, compact, rollback, erase, vacuum, backup, restore
    }

    let place: Place
    let kind: Kind
    let seed: UInt64
    private let death: Death

    /// - Parameter step: the step before which the process ends itself; negative for none.
    init(place: Place, kind: Kind, seed: UInt64, dyingAt step: Int) {
        self.place = place
        self.kind = kind
        self.seed = seed
        death = Death(before: step)
    }

    /// Says `begin`, works, and says how many steps it took.
    func run() async throws {
        var random = SeededGenerator(seed: seed)
        let lake = try await Lake.open(
            place.settings,
            now: { Date() },
            wrapping: { [death] in MortalStore(store: $0, death: death) },
            beforeStep: { [death] _ in death.beforeStep() }
        )
        let vault = BackupVault(MortalStore(store: try place.vault.store, death: death))
        say("begin")
        switch kind {
        case .publish: try await publish(lake, &random)
        case .compact: try await compact(lake, &random)
        case .rollback:
            let table = Place.tables[Int.random(in: 0..<Place.tables.count, using: &random)]
            let old = try await lake.ledger.history(of: table).filter { $0.expiredAt == nil && !$0.isCurrent }
            if let snapshot = old.randomElement(using: &random) { _ = try await lake.rollback(table, to: snapshot.id) }
        case .erase: try await erase(lake, &random)
        case .vacuum:
            // At least two, so that there is something to roll back to.
            _ = try await lake.expireHistory(keep: Int.random(in: 2...4, using: &random))
            _ = try await lake.removeOrphans()
        case .backup: try await lake.backUp(to: vault)
        case .restore:
            _ = try await vault.restore(
                to: place.restored,
                wrapping: { [death] in MortalStore(store: $0, death: death) }
            )
        }
        say("end \(death.steps)")
    }

    /// New rows in three tables, two of which are replaced.
    private func publish(_ lake: Lake, _ random: inout SeededGenerator) async throws {
        let run = try await lake.beginRun()
        var publication = Publication()
        for table in Place.tables {
            let count = Int.random(in: 1...4, using: &random)
            var files: [StagedFile] = []
            for number in 0..<count {
                let rows = (0..<Int.random(in: 1...20, using: &random)).map { "\(seed) \(table) \(number) \($0)" }
                files.append(try await Self.stage(rows, of: table, number: number, in: run, of: lake))
            }
            publication.tables.append(
                TablePublication(table, mode: table.zone == .raw ? .append : .replace, files: files)
            )
        }
        publication.watermarks = [
            WatermarkRecord(source: "campus", table: "events", column: "at", value: "\(seed)")
        ]
        _ = try await run.publish(publication)
    }

    /// All files of the raw table become one with the same rows.
    private func compact(_ lake: Lake, _ random: inout SeededGenerator) async throws {
        let table = Place.tables[0]
        let run = try await lake.beginRun()
        let files = try await lake.currentFiles(table)
        var rows: [String] = []
        for file in files {
            let text = try await lake.store.read(Sight.key(of: file, in: lake)) ?? Data()
            rows += String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
        }
        rows.shuffle(using: &random)
        let merged = try await Self.stage(rows, of: table, number: 0, in: run, of: lake)
        let mode = PublishMode.rewrite(removing: Set(files.map(\.path)), .compaction)
        _ = try await run.publish(Publication(tables: [TablePublication(table, mode: mode, files: [merged])]))
    }

    /// A person's rows leave every file that has them, of now and of history: the person of a tenth of the rows.
    private func erase(_ lake: Lake, _ random: inout SeededGenerator) async throws {
        let person = " \(Int.random(in: 0...9, using: &random))"
        let run = try await lake.beginRun()
        defer { run.release() }
        var substitutions: [Substitution] = []
        for (_, files) in try await lake.everyFile() {
            for file in files {
                let text = try await lake.store.read(Sight.key(of: file, in: lake)) ?? Data()
                let rows = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
                let kept = rows.filter { !$0.hasSuffix(person) }
                if kept.count == rows.count { continue }
                let place = try run.staging.file(inPlaceOf: file.path, number: substitutions.count)
                let new = try await Self.write(kept, to: place.path, in: run, of: lake)
                substitutions.append(Substitution(file.path, by: new))
            }
        }
        _ = try await run.erase(
            Erasure(
                substitutions: substitutions,
                suppressions: [Suppression(kind: "person", hash: "\(seed)")],
                reason: "a test"
            ) { _, _ in "{}" }
        )
    }

    /// Writes a file of rows into a run's staging folder.
    static func stage(
        _ rows: [String],
        of table: TableID,
        number: Int,
        in run: LakeRun,
        of lake: Lake
    ) async throws -> StagedFile {
        let path = try FilePath(table: table, source: "campus", day: "2026-11-23", run: run.id, number: number)
        return try await write(rows, to: path, in: run, of: lake)
    }

    private static func write(
        _ rows: [String],
        to path: FilePath,
        in run: LakeRun,
        of lake: Lake
    ) async throws -> StagedFile {
        let text = Data(rows.map { $0 + "\n" }.joined().utf8)
        try await lake.store.write("_staging/\(run.id)/\(path)", text)
        return StagedFile(path: path, rows: Int64(rows.count), bytes: Int64(text.count))
    }

    private func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
}
