// Answers to writes that a caller repeats, not knowing whether the first one arrived.

import Crypto
import Foundation
import Hummingbird
import LyceumAccess
import Synchronization

/// The answers to requests with an `Idempotency-Key`: a repetition gets the first one's answer, and nothing is done twice.
///
/// Kept in memory for ten minutes, so that what answers hold (a new key's text) stays no longer than a caller may need to
/// repeat. A restart forgets them.
final class RepeatedAnswers: Sendable {
    private struct Name: Hashable {
        let caller: String
        let key: String
    }

    /// An answer that can be given again.
    struct Answer: Sendable {
        let status: HTTPResponse.Status
        var headers: HTTPFields
        let body: String

        var response: Response {
            Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: body)))
        }
    }

    private struct Entry {
        let body: SHA256.Digest
        /// Nil while the first request is in progress.
        var answer: Answer?
        let made: ContinuousClock.Instant
    }

    private let entries = Mutex<[Name: Entry]>([:])
    private static let lifetime = Duration.seconds(600)
    private static let capacity = 1000

    /// The answer of `work`, or the one it gave to the same request before.
    ///
    /// - Throws: ``Problem`` 400 for a key that is none, 409 while the first request is in progress, 422 when the key was used
    ///   with another body, or what `work` throws; then the key is free again.
    func answer(
        _ key: String?,
        of caller: String,
        _ body: Data,
        _ work: () async throws -> Answer
    ) async throws -> Response {
        guard let key else { return try await work().response }
        guard (8...128).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Problem.badParameter("Idempotency-Key", "An idempotency key has 8 to 128 printable ASCII characters.")
        }
        let name = Name(caller: caller, key: key)
        let digest = SHA256.hash(data: body)
        let known: Entry? = try entries.withLock { entries in
            entries = entries.filter { $0.value.made.duration(to: .now) < Self.lifetime }
            if let entry = entries[name] { return entry }
            guard entries.count < Self.capacity else { throw Problem.overloaded }
            entries[name] = Entry(body: digest, answer: nil, made: .now)
            return nil
        }
        if let known {
            guard known.body == digest else { throw Problem.idempotencyKeyReused }
            guard var answer = known.answer else { throw Problem.idempotencyKeyInUse }
            answer.headers[.idempotencyReplayed] = "true"
            return answer.response
        }
        do {
            let answer = try await work()
            entries.withLock { $0[name]?.answer = answer }
            return answer.response
        } catch {
            entries.withLock { $0[name] = nil }
            throw error
        }
    }
}
