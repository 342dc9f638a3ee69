// What faults make of a request's path and of an answer's bytes. No I/O.

import Foundation

/// Damages answers, always so that a careful client can notice.
enum DamagedAnswer {
    /// JSON that ends early: an object or array without its end is never valid.
    ///
    /// - Parameter amount: where, from 0 to 1.
    static func json(_ bytes: [UInt8], amount: Double) -> [UInt8] {
        guard bytes.count > 1 else { return [UInt8(ascii: "{")] }
        return Array(bytes.prefix(1 + Int(Double(bytes.count - 2) * amount)))
    }

    /// CSV with a row that lost its end, with a quote that is not closed, or a page of HTML in its place.
    ///
    /// - Parameter amount: which of the three, and where.
    static func csv(_ bytes: [UInt8], amount: Double) -> [UInt8] {
        let kind = Int(amount * 3)
        let place = amount * 3 - Double(kind)
        let start = 1 + Int(Double(max(0, bytes.count - 2)) * place)
        // The first place inside a row: behind a comma that is not the row's last.
        let inside = bytes.indices.dropFirst(start).first { index in
            guard bytes[index] == UInt8(ascii: ",") else { return false }
            let rest = bytes[(index + 1)...].prefix { $0 != UInt8(ascii: "\n") }
            return rest.contains(UInt8(ascii: ",")) && !rest.contains(UInt8(ascii: "\""))
        }
        guard kind < 2, let inside else {
            return Array("<!DOCTYPE html><html><head><title>Please sign in</title></head><body></body></html>\n".utf8)
        }
        return kind == 0
            ? Array(bytes[...inside])
            : Array(bytes[...inside]) + [UInt8(ascii: "\"")] + Array(bytes[(inside + 1)...])
    }

    /// A page whose total is one more or one less, for Workday's `"total":12` and Tableau's `"totalAvailable":"12"`.
    ///
    /// - Returns: nil if the answer states none.
    static func total(_ bytes: [UInt8], amount: Double) -> [UInt8]? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let match = text.firstMatch(of: /"total(?:Available)?":"?(\d+)/), let number = Int(match.1) else {
            return nil
        }
        return Array(
            text.replacingCharacters(in: match.1.startIndex..<match.1.endIndex, with: "\(Self.off(number, amount))")
                .utf8
        )
    }

    /// The path of a request for a page by `offset`, one row off, or of the page before.
    ///
    /// - Returns: nil if the request is for no such page, or for the first one and there is none before.
    static func page(_ path: String, _ fault: Fault, amount: Double) -> String? {
        guard let match = path.firstMatch(of: /[?&]offset=(\d+)/), let offset = Int(match.1) else { return nil }
        let moved: Int
        if fault == .duplicatedPage {
            let limit = path.firstMatch(of: /[?&]limit=(\d+)/).flatMap { Int($0.1) } ?? 20
            guard offset > 0 else { return nil }
            moved = max(0, offset - limit)
        } else {
            moved = Self.off(offset, amount)
        }
        return path.replacingCharacters(in: match.1.startIndex..<match.1.endIndex, with: "\(moved)")
    }

    /// One more, or one less where that is not below zero.
    private static func off(_ number: Int, _ amount: Double) -> Int {
        amount < 0.5 && number > 0 ? number - 1 : number + 1
    }
}
