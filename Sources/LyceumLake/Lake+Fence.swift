// Who may publish to a lake: one ledger, by numbered claims that stand in the lake itself.

import Foundation
import LyceumCore

/// The content of `_log/<number>.json`: which run of which process means to be the lake's publication of that number.
struct PublicationClaim: Codable {
    var number: Int64
    /// Known to the ledger that made the claim, and to no copy of it that was taken before.
    var token: String
    var run: RunID
    var process: Int32
    var host: String
    var time: String
    var tables: [String]
}

extension Lake {
    /// Claims the lake's next publication. Call under the exclusive lock, before the commit that takes the number over.
    ///
    /// Two ledgers that list the same files (say a restored copy and the live one) would each undo what the other
    /// publishes. Each publication therefore has a number, and of each number there can be one first claim: a ledger that
    /// finds one it did not make is not this lake's ledger any more. A claim outlives a crash before the commit; the next
    /// attempt of the same ledger, which noted the claim's token before, adds a claim of its own, of which there can be
    /// one as well. Claims are some 300 bytes, and kept: without them a ledger as old as that could publish again.
    /// - Throws: ``LakeError`` with code `conflict` if another ledger has claimed it.
    func claimPublication(run: RunID, tables: [TableID]) async throws -> Int64 {
        let (number, tokens) = try await ledger.noteClaim()
        try beforeStep(.claim)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        for (attempt, token) in tokens.enumerated() {
            let claim = PublicationClaim(
                number: number,
                token: token,
                run: run,
                process: ProcessInfo.processInfo.processIdentifier,
                host: ProcessInfo.processInfo.hostName,
                time: Timestamp.iso(now(), fractional: true),
                tables: tables.map(\.description).sorted()
            )
            let key = LakeLayout.claim(of: number, attempt: attempt)
            if try await !store.create(key, try encoder.encode(claim)) {
                try await refuseStranger(number, attempt, token: token)
            }
        }
        return number
    }

    /// Refuses to begin what could not be published.
    func requireOnlyLedger() async throws {
        let (number, tokens) = try await ledger.nextClaim()
        for attempt in 0...tokens.count {
            try await refuseStranger(number, attempt, token: attempt < tokens.count ? tokens[attempt] : nil)
        }
    }

    private func refuseStranger(_ number: Int64, _ attempt: Int, token: String?) async throws {
        let key = LakeLayout.claim(of: number, attempt: attempt)
        guard let data = try await store.read(key) else { return }
        let claim = try? JSONDecoder().decode(PublicationClaim.self, from: data)
        if let claim, claim.token == token { return }
        let place = store.location(of: key)
        let who = claim.map { "by run \($0.run) on \($0.host) at \($0.time)" } ?? "by something that cannot be read"
        throw LakeError(
            .conflict,
            "The lake \(store.place) has a claim to publication \(number), \(who), that the ledger \(ledger.location) did "
                + "not make: another ledger publishes to this lake, or this one is an older copy. Use the lake's newest "
                + "ledger. Only if that is lost for good, remove \(place) and the claims after it.",
            location: place
        )
    }
}

extension Ledger {
    /// The number of the next publication, and the tokens of claims that were made to it and not committed.
    func nextClaim() async throws -> (number: Int64, tokens: [String]) {
        try await read("read the number of the last publication") { db in try Self.nextClaim(db) }
    }

    /// Notes that the next publication is about to be claimed; returns its number and all tokens, the new one last.
    func noteClaim() async throws -> (number: Int64, tokens: [String]) {
        try await write("note a claim") { db in
            var (number, tokens) = try Self.nextClaim(db)
            tokens.append(UUID().uuidString.lowercased())
            try Self.set(db, property: "claims", to: tokens.joined(separator: " "))
            return (number, tokens)
        }
    }

    /// Takes the number over, within the transaction that commits the publication.
    static func take(_ db: Database, claim number: Int64) throws {
        guard try nextClaim(db).number == number else {
            throw LakeError(.conflict, "Publication \(number) was committed by another process meanwhile. Run again.")
        }
        try set(db, property: "publication", to: String(number))
        try set(db, property: "claims", to: "")
    }

    private static func nextClaim(_ db: Database) throws -> (number: Int64, tokens: [String]) {
        func property(_ name: String) throws -> String? {
            try String.fetchOne(db, sql: "SELECT value FROM properties WHERE name = ?", arguments: [name])
        }
        let last = try property("publication").flatMap { Int64($0) } ?? 0
        return (last + 1, try property("claims")?.split(separator: " ").map(String.init) ?? [])
    }

    private static func set(_ db: Database, property name: String, to value: String) throws {
        try db.execute(
            sql: """
                INSERT INTO properties (name, value) VALUES (?, ?)
                ON CONFLICT (name) DO UPDATE SET value = excluded.value
                """,
            arguments: [name, value]
        )
    }
}
