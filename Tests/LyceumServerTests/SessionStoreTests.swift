// The life of sessions.

import Foundation
import LyceumAccess
import Synchronization
import Testing

@testable import LyceumServer

/// Clocks that a test moves.
final class TestClock: Sendable {
    private let state = Mutex((date: Date(timeIntervalSince1970: 1_800_000_000), uptime: Duration.seconds(1000)))

    func advance(_ seconds: Int) {
        state.withLock { state in
            state.date += TimeInterval(seconds)
            state.uptime += .seconds(seconds)
        }
    }

    var now: Date { state.withLock { $0.date } }

    var clock: AccessClock {
        AccessClock(date: { self.now }, uptime: { self.state.withLock { $0.uptime } })
    }
}

@Suite("Sessions")
struct SessionStoreTests {
    private static func caller(_ id: String = "key:a") -> Caller {
        Caller(id: id, role: .registrar, credential: .key(String(id.dropFirst(4))))
    }

    @Test("an id is 256 random bits that the store does not hold, and each is another")
    func ids() {
        let store = SessionStore()
        var seen: Set<String> = []
        for number in 0..<500 {
            let id = store.begin(Self.caller("key:\(number)"))
            #expect(id.utf8.count == 64 && SessionStore.isID(id))
            #expect(seen.insert(id).inserted)
            #expect(store.session(id)?.caller.id == "key:\(number)")
            #expect(store.session(id)?.formToken != id)
        }
        #expect(!String(reflecting: store.session(seen.first!)!).contains(seen.first!))
    }

    @Test("what is no id, or nobody's, is no session")
    func unknown() {
        let store = SessionStore()
        _ = store.begin(Self.caller())
        for text in [
            "", "x", String(repeating: "0", count: 64), String(repeating: "A", count: 64), SessionStore.randomText(),
        ] {
            #expect(store.session(text) == nil)
        }
    }

    @Test("a session ends after 30 minutes unused, and not while it is used")
    func idle() {
        let clock = TestClock()
        let store = SessionStore(clock: clock.clock)
        let id = store.begin(Self.caller())
        for _ in 0..<5 {
            clock.advance(29 * 60)
            #expect(store.session(id) != nil)
        }
        clock.advance(30 * 60)
        #expect(store.session(id) == nil)
        #expect(store.count == 0)
    }

    @Test("a session ends after eight hours, however much it is used")
    func whole() {
        let clock = TestClock()
        let store = SessionStore(clock: clock.clock)
        let id = store.begin(Self.caller())
        for _ in 0..<31 {
            clock.advance(15 * 60)
            #expect(store.session(id) != nil)
        }
        clock.advance(15 * 60)
        #expect(store.session(id) == nil)
    }

    @Test("a session ends with the token that it began with")
    func credentialEnds() {
        let clock = TestClock()
        let store = SessionStore(clock: clock.clock)
        let id = store.begin(Self.caller(), credentialEnds: clock.now + 600)
        clock.advance(599)
        #expect(store.session(id) != nil)
        clock.advance(1)
        #expect(store.session(id) == nil)
    }

    @Test("a caller's sessions are few, and the oldest makes room; others' are not touched")
    func perCaller() {
        let store = SessionStore(limits: .init(sessionsOfCaller: 3))
        let other = store.begin(Self.caller("key:other"))
        let own = (0..<5).map { _ in store.begin(Self.caller()) }
        #expect(own.map { store.session($0) != nil } == [false, false, true, true, true])
        #expect(store.session(other) != nil)
        #expect(store.count == 4)
    }

    @Test("there are no more sessions than allowed; ended ones go first, then the one unused for longest")
    func bounded() {
        let clock = TestClock()
        let store = SessionStore(limits: .init(sessions: 3), clock: clock.clock)
        let first = store.begin(Self.caller("key:1"))
        clock.advance(10)
        let second = store.begin(Self.caller("key:2"))
        clock.advance(10)
        let third = store.begin(Self.caller("key:3"))
        #expect(store.session(first) != nil)
        clock.advance(1)
        let fourth = store.begin(Self.caller("key:4"))
        #expect([first, second, third, fourth].map { store.session($0) != nil } == [true, false, true, true])
        #expect(store.count == 3)
    }

    @Test("a purpose is declared in one session, and an ended session is gone")
    func purposeAndEnd() {
        let store = SessionStore()
        let (one, two) = (store.begin(Self.caller()), store.begin(Self.caller()))
        store.declare("advising", in: one)
        #expect(store.session(one)?.purpose == "advising")
        #expect(store.session(two)?.purpose == nil)
        store.end(one)
        #expect(store.session(one) == nil)
        #expect(store.session(two) != nil)
    }

    @Test("a form's token is written differently each time, and no other passes for it")
    func formTokens() {
        let (token, other) = (SessionStore.randomText(), SessionStore.randomText())
        let written = (0..<100).map { _ in FormToken.masked(token) }
        #expect(Set(written).count == 100)
        for text in written {
            #expect(FormToken.carries(text, token) && !FormToken.carries(text, other))
            #expect(!text.contains(token))
        }
        for text in [
            nil, "", token, token + token, String(written[0].dropLast()), written[0].uppercased(),
            FormToken.masked(other),
        ] {
            #expect(!FormToken.carries(text, token))
        }
    }

    @Test("the end of a token is read from it, and from nothing else")
    func tokenExpiry() {
        let claims = Data(#"{"sub":"a","exp":1800000123}"#.utf8).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        #expect(TokenExpiry.date(of: "eyJh.\(claims).c2ln")?.timeIntervalSince1970 == 1_800_000_123)
        for text in ["", "a.b.c", "lyc_x", "..", "a.\(claims)", "a.bm90IGpzb24.c"] {
            #expect(TokenExpiry.date(of: text) == nil)
        }
    }

    @Test(
        "only addresses of this server are led back to",
        arguments: [
            ("/students/1?q=a", "/students/1?q=a"), ("", "/"), ("students", "/"), ("//evil.example", "/"),
            ("/\\evil.example", "/"), ("https://evil.example", "/"), ("/a\nb", "/"), ("/a b", "/"), ("/ä", "/"),
            ("javascript:alert(1)", "/"),
        ]
    )
    func targets(text: String, expected: String) {
        #expect(PageTarget.own(text) == expected)
        #expect(PageTarget.own(nil) == "/")
    }
}
