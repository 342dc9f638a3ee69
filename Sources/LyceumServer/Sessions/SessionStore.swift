// The sessions of the pages: in memory, bounded in number and time.

import Crypto
import Foundation
import LyceumAccess
import Synchronization

/// Sessions by the hash of their ids. What a browser holds is a random text that says nothing and is kept nowhere here.
///
/// They end with the process: whoever was signed in signs in again after a restart.
final class SessionStore: Sendable {
    /// The times and numbers beyond which a session ends.
    struct Limits: Sendable, Hashable {
        /// How long a session may lie unused.
        var idle: Duration = .seconds(30 * 60)
        /// How long a session may last, whatever happens in it.
        var whole: Duration = .seconds(8 * 60 * 60)
        /// How many sessions there may be; beyond it the one unused for longest ends.
        var sessions = 10_000
        /// How many sessions one caller may have, so that nobody crowds others out.
        var sessionsOfCaller = 32
    }

    private struct State {
        var sessions: [SHA256Digest: Session] = [:]
        var byCaller: [String: [SHA256Digest]] = [:]
    }

    let limits: Limits
    private let clock: AccessClock
    private let state = Mutex(State())

    init(limits: Limits = Limits(), clock: AccessClock = .system) {
        self.limits = limits
        self.clock = clock
    }

    /// How many sessions are held, ended ones that nobody asked for since included.
    var count: Int { state.withLock { $0.sessions.count } }

    /// Begins a session, and returns the id that its browser shall present.
    func begin(_ caller: Caller, purpose: String? = nil, credentialEnds: Date? = nil) -> String {
        let id = Self.randomText()
        let now = clock.uptime()
        let session = Session(
            caller: caller,
            purpose: purpose,
            formToken: Self.randomText(),
            began: now,
            lastUse: now,
            credentialEnds: credentialEnds
        )
        let today = clock.date()
        state.withLock { state in
            makeRoom(for: caller.id, &state, now, today)
            let digest = Self.digest(id)
            state.sessions[digest] = session
            state.byCaller[caller.id, default: []].append(digest)
        }
        return id
    }

    /// The session of an id, which counts as used by this; nil when there is none or it has ended.
    func session(_ id: String) -> Session? {
        guard Self.isID(id) else { return nil }
        let digest = Self.digest(id)
        let (now, today) = (clock.uptime(), clock.date())
        return state.withLock { state in
            guard var session = state.sessions[digest] else { return nil }
            guard isAlive(session, now, today) else {
                remove(digest, &state)
                return nil
            }
            session.lastUse = now
            state.sessions[digest] = session
            return session
        }
    }

    /// Declares another purpose for what is looked at from now on.
    func declare(_ purpose: String, in id: String) {
        let digest = Self.digest(id)
        state.withLock { $0.sessions[digest]?.purpose = purpose }
    }

    /// Ends a session.
    func end(_ id: String) {
        state.withLock { remove(Self.digest(id), &$0) }
    }

    /// A text of 256 random bits, in 64 hexadecimal digits.
    static func randomText() -> String {
        // The system's generator is the kernel's, which is fit for secrets.
        (0..<4).map { _ in
            let digits = String(UInt64.random(in: 0...UInt64.max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// Whether two texts are the same, in a time that says nothing about either.
    static func isSame(_ left: String, _ right: String) -> Bool {
        // Equality of digests looks at every byte of them.
        digest(left) == digest(right)
    }

    /// Whether a text has the form of an id: nothing else is hashed and looked up.
    static func isID(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
    }

    private static func digest(_ text: String) -> SHA256Digest { SHA256.hash(data: Data(text.utf8)) }

    private func isAlive(_ session: Session, _ now: Duration, _ today: Date) -> Bool {
        now - session.lastUse < limits.idle && now - session.began < limits.whole
            && session.credentialEnds.map { today < $0 } ?? true
    }

    private func makeRoom(for caller: String, _ state: inout State, _ now: Duration, _ today: Date) {
        if let own = state.byCaller[caller], own.count >= limits.sessionsOfCaller {
            remove(own[0], &state)
        }
        guard state.sessions.count >= limits.sessions else { return }
        for (digest, session) in state.sessions where !isAlive(session, now, today) { remove(digest, &state) }
        guard state.sessions.count >= limits.sessions,
            let idlest = state.sessions.min(by: { $0.value.lastUse < $1.value.lastUse })
        else { return }
        remove(idlest.key, &state)
    }

    private func remove(_ digest: SHA256Digest, _ state: inout State) {
        guard let session = state.sessions.removeValue(forKey: digest) else { return }
        state.byCaller[session.caller.id]?.removeAll { $0 == digest }
        if state.byCaller[session.caller.id]?.isEmpty == true { state.byCaller[session.caller.id] = nil }
    }
}
