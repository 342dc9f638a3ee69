// Clocks that stand still until a test moves them, and folders that go when the test does.

import Foundation
import Synchronization

@testable import LyceumAccess

/// Both clocks of access, moved together.
final class TestClock: Sendable {
    private let elapsed = Mutex(Duration.zero)
    private let start: Date

    init(start: Date = Date(timeIntervalSince1970: 1_800_000_000)) { self.start = start }

    /// The clocks as the code under test takes them.
    var clock: AccessClock {
        AccessClock(
            date: { [self] in now },
            uptime: { [self] in .seconds(1000) + elapsed.withLock { $0 } }
        )
    }

    /// The time of day.
    var now: Date { start.addingTimeInterval(elapsed.withLock { $0 }.inSeconds) }

    /// Moves both clocks.
    func advance(by duration: Duration) { elapsed.withLock { $0 += duration } }
}

/// A new folder that only its owner can enter, removed with this object.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "lyceum-access-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: url,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}

/// The seed of a test with random inputs: new each time, or the one to repeat.
func randomSeed() -> UInt64 {
    ProcessInfo.processInfo.environment["LYCEUM_SEED"].flatMap { UInt64($0) } ?? .random(in: 0..<1_000_000)
}

/// A generator that repeats itself for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
