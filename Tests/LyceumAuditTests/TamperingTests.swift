// Whatever is done to a record is found, and the first place is named.

import Foundation
import LyceumCore
import Testing

@testable import LyceumAudit

@Suite("Tampering")
struct TamperingTests {
    /// A line somewhere in a record.
    private struct Place {
        var file: URL
        var index: Int
    }

    private func place(_ folder: URL, _ fixture: Fixture, _ random: inout SeededGenerator) throws -> Place {
        let file = try #require(try fixture.files(folder).randomElement(using: &random))
        return Place(file: file, index: Int.random(in: 0..<(try lines(of: file).count), using: &random))
    }

    @Test("one changed byte, anywhere")
    func changedByte() async throws {
        let fixture = try Fixture()
        try await fixture.fill(60, limits: .small)
        #expect(try fixture.verify().fault == nil)
        var random = SeededGenerator(seed: printedSeed("one changed byte"))
        let copy = try fixture.copy()
        for _ in 0..<400 {
            let file = try #require(try fixture.files(copy).randomElement(using: &random))
            let whole = try Data(contentsOf: file)
            let position = Int.random(in: 0..<whole.count, using: &random)
            var spoilt = whole
            var value = UInt8.random(in: 0...255, using: &random)
            if value == spoilt[position] { value ^= 0x20 }
            spoilt[position] = value
            try spoilt.write(to: file)
            let fault = try #require(try fixture.verify(copy).fault, "byte \(position) of \(file.lastPathComponent)")
            let line = whole[..<position].count { $0 == 0x0A } + 1
            #expect(fault.file == file.lastPathComponent)
            #expect(fault.line == line, "\(fault), byte \(position) to \(value)")
            try whole.write(to: file)
        }
        #expect(try fixture.verify(copy).fault == nil)
    }

    @Test("one changed byte of the head, anywhere")
    func changedHead() async throws {
        let fixture = try Fixture()
        try await fixture.fill(5)
        let copy = try fixture.copy()
        let head = copy.appending(path: "head.json")
        let whole = try Data(contentsOf: head)
        for position in whole.indices {
            var spoilt = whole
            spoilt[position] ^= 0x01
            try spoilt.write(to: head)
            let fault = try #require(try fixture.verify(copy).fault, "byte \(position)")
            #expect([.badHead, .cut, .rewritten].contains(fault.kind), "\(fault)")
        }
        try FileManager.default.removeItem(at: head)
        #expect(try fixture.verify(copy).fault?.kind == .badHead)
    }

    @Test("one deleted line, any but the last")
    func deletedLine() async throws {
        let fixture = try Fixture()
        try await fixture.fill(50, limits: .small)
        let copy = try fixture.copy()
        let files = try fixture.files(copy)
        for (number, file) in files.enumerated() {
            let all = try lines(of: file)
            for index in all.indices where number < files.count - 1 || index < all.count - 1 {
                var spoilt = all
                spoilt.remove(at: index)
                try write(spoilt, to: file)
                let fault = try #require(try fixture.verify(copy).fault)
                // What stands in its place is the next line; after a file's last line that is in the next file.
                let isAtEnd = index == all.count - 1
                #expect(fault.kind == .missing || (number == 0 && index == 0), "\(fault)")
                #expect(fault.file == (isAtEnd ? files[number + 1] : file).lastPathComponent)
                #expect(fault.line == (isAtEnd ? 1 : index + 1))
            }
            try write(all, to: file)
        }
    }

    @Test("one line repeated elsewhere, or two lines exchanged")
    func movedLines() async throws {
        let fixture = try Fixture()
        try await fixture.fill(50, limits: .small)
        var random = SeededGenerator(seed: printedSeed("moved lines"))
        let copy = try fixture.copy()
        for round in 0..<200 {
            let from = try place(copy, fixture, &random)
            let to = try place(copy, fixture, &random)
            guard from.file != to.file || from.index != to.index else { continue }
            var before = [from.file: try lines(of: from.file)]
            before[to.file] = try lines(of: to.file)
            var spoilt = before
            let moved = try #require(before[from.file]?[from.index])
            if round.isMultiple(of: 2) {
                spoilt[to.file]?.insert(moved, at: to.index)
            } else {
                let other = try #require(before[to.file]?[to.index])
                spoilt[to.file]?[to.index] = moved
                spoilt[from.file]?[from.index] = other
            }
            for (file, lines) in spoilt { try write(lines, to: file) }
            let fault = try #require(try fixture.verify(copy).fault)
            #expect(fault.kind == .outOfPlace, "\(fault)")
            // The first place that was touched: where the line was put, or where another stands in its stead.
            let isFirst = from.file.path < to.file.path || (from.file == to.file && from.index < to.index)
            let first = round.isMultiple(of: 2) ? to : (isFirst ? from : to)
            #expect(fault.file == first.file.lastPathComponent, "\(fault)")
            #expect(fault.line == first.index + 1, "\(fault)")
            for (file, lines) in before { try write(lines, to: file) }
        }
    }

    @Test("a line rewritten together with its hash")
    func rewrittenLine() async throws {
        let fixture = try Fixture()
        try await fixture.fill(50, limits: .small)
        let copy = try fixture.copy()
        for file in try fixture.files(copy) {
            let all = try lines(of: file)
            for index in all.indices {
                let text = String(decoding: all[index], as: UTF8.self)
                guard text.contains("advising") else { continue }
                var spoilt = all
                spoilt[index] = Data(Self.rehashed(text.replacing("advising", with: "research")).utf8)
                try write(spoilt, to: file)
                let fault = try #require(try fixture.verify(copy).fault)
                #expect(fault.kind == .rewritten, "\(fault)")
                #expect(fault.file == file.lastPathComponent)
                #expect(fault.line == index + 1)
            }
            try write(all, to: file)
        }
    }

    @Test("everything from a line on rewritten, hashes and all: the next checkpoint tells")
    func rewrittenChain() async throws {
        let fixture = try Fixture()
        try await fixture.fill(50)
        let copy = try fixture.copy()
        let file = try #require(try fixture.files(copy).first)
        let all = try lines(of: file).map { String(decoding: $0, as: UTF8.self) }
        let start = try #require(all.firstIndex { $0.contains("request-20\"") })
        func hash(_ line: String) -> String { String(line.suffix(67).prefix(64)) }
        var forged = Array(all[..<start])
        for line in all[start...] {
            let previous = hash(all[forged.count - 1])
            let text = line.replacing(previous, with: hash(forged[forged.count - 1])).replacing(
                "advising",
                with: "research"
            )
            forged.append(Self.rehashed(text))
        }
        try write(forged.map { Data($0.utf8) }, to: file)
        let fault = try #require(try fixture.verify(copy).fault)
        #expect(fault.kind == .badCheckpoint, "\(fault)")
        // Without the checkpoints it is the head that tells, and without the head its absence.
        try write(
            forged.filter { !$0.contains("checkpoint") || $0.contains("\"sequence\":2,") }.map { Data($0.utf8) },
            to: file
        )
        #expect(try fixture.verify(copy).fault != nil)
    }

    @Test("a record begun anew with another key is not taken for this one")
    func foreignRecord() async throws {
        let fixture = try Fixture()
        try await fixture.fill(5)
        let forger = try AuditKey(AuditKey.generate())
        let forged = fixture.root.appending(path: "forged")
        let log = try await AuditLog.open(forged, key: forger)
        try await log.record(.sample(1))
        await log.close()
        #expect(try fixture.verify(forged).fault?.kind == .wrongKey)
        // Nor is a part of one record, signed by the right key, taken for a part of another.
        let other = fixture.root.appending(path: "other")
        let second = try await AuditLog.open(other, key: fixture.key)
        for number in 0..<5 { try await second.record(.sample(number)) }
        await second.close()
        let copy = try fixture.copy()
        try FileManager.default.removeItem(at: copy.appending(path: "head.json"))
        try FileManager.default.copyItem(
            at: other.appending(path: "head.json"),
            to: copy.appending(path: "head.json")
        )
        #expect(try fixture.verify(copy).fault != nil)
    }

    @Test("cut at any byte: verification says so, and no writer goes on from there")
    func truncated() async throws {
        let fixture = try Fixture()
        try await fixture.fill(30, limits: .small)
        var random = SeededGenerator(seed: printedSeed("cut at any byte"))
        let files = try fixture.files()
        for _ in 0..<60 {
            let copy = try fixture.copy()
            defer { try? FileManager.default.removeItem(at: copy) }
            let number = Int.random(in: files.indices, using: &random)
            let file = try fixture.files(copy)[number]
            let whole = try Data(contentsOf: file)
            let end = Int.random(in: 0..<whole.count, using: &random)
            try whole[..<end].write(to: file)
            for later in try fixture.files(copy)[(number + 1)...] { try FileManager.default.removeItem(at: later) }
            let fault = try #require(try fixture.verify(copy).fault, "cut at \(end) of \(file.lastPathComponent)")
            #expect(fault.kind == .cut, "\(fault)")
            // Named by the last line that is whole, which is in the file before when this one has none.
            let left = whole[..<end].count { $0 == 0x0A }
            if left > 0 { #expect(fault.line == left, "\(fault)") }
            await #expect {
                _ = try await AuditLog.open(copy, key: fixture.key)
            } throws: { ($0 as? AuditError)?.code == .damaged }
        }
    }

    @Test("a file that is missing in the middle, and one that was renamed")
    func missingFile() async throws {
        let fixture = try Fixture()
        try await fixture.fill(60, limits: .small)
        let copy = try fixture.copy()
        let files = try fixture.files(copy)
        let away = fixture.root.appending(path: "away")
        try FileManager.default.moveItem(at: files[2], to: away)
        var fault = try #require(try fixture.verify(copy).fault)
        #expect(fault.kind == .missing)
        #expect(fault.file == files[3].lastPathComponent)
        #expect(fault.line == 1)
        let renamed = RecordFolder(copy).file(beginningAt: try RecordFolder(copy).files()[1].first + 1).url
        try FileManager.default.moveItem(at: away, to: renamed)
        fault = try #require(try fixture.verify(copy).fault)
        #expect(fault.kind == .outOfPlace)
        #expect(fault.file == renamed.lastPathComponent)
    }

    @Test("an older record put back with its own head is found by a head noted elsewhere, and only by that")
    func rolledBack() async throws {
        let fixture = try Fixture()
        try await fixture.fill(5)
        let older = try fixture.copy()
        try await fixture.fill(5, from: 5)
        let noted = try AuditReader(fixture.folder, key: nil).head()
        #expect(try fixture.verify(expecting: noted).fault == nil)
        #expect(try fixture.verify(older).fault == nil)
        #expect(try fixture.verify(older, expecting: noted).fault?.kind == .cut)
        let wrong = AuditMark(sequence: noted.sequence, hash: String(repeating: "a", count: 64))
        #expect(try fixture.verify(expecting: wrong).fault?.kind == .rewritten)
    }

    @Test("what was appended by hand to a record in use stops it")
    func appendedByHand() async throws {
        let fixture = try Fixture()
        let log = try await fixture.open()
        try await log.record(.sample(1))
        let file = try #require(try fixture.files().last)
        let handle = try FileHandle(forWritingTo: file)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"sequence\":99}\n".utf8))
        try handle.close()
        await #expect { try await log.record(.sample(2)) } throws: { ($0 as? AuditError)?.code == .damaged }
    }

    @Test("what was cut off or removed while a record is in use stops it", arguments: [true, false])
    func cutInUse(isRemoved: Bool) async throws {
        let fixture = try Fixture()
        let log = try await fixture.open()
        for number in 0..<3 { try await log.record(.sample(number)) }
        let file = try #require(try fixture.files().last)
        if isRemoved {
            try FileManager.default.removeItem(at: file)
        } else {
            try (try Data(contentsOf: file)).dropLast(100).write(to: file, options: [])
        }
        await #expect { try await log.record(.sample(4)) } throws: { ($0 as? AuditError)?.code == .damaged }
    }

    /// A line with the hash of its content.
    private static func rehashed(_ line: String) -> String {
        guard let end = line.range(of: ",\"hash\":\"", options: .backwards) else { return line }
        let content = String(line[..<end.lowerBound])
        return content + ",\"hash\":\"\(ContentHash.of(content))\"}\n"
    }
}
