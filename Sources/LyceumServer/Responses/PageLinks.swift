// Links from one page of an answer to the next.

import HTTPTypes
import Hummingbird

extension Response {
    /// Says where the next page is: `Link: <…>; rel="next"` (RFC 8288).
    ///
    /// - Parameters:
    ///   - query: the query string of the next page.
    ///   - path: the path of this one.
    mutating func linkNext(_ query: QueryString, of path: String) {
        headers[.link] = "<\(path)?\(query.text)>; rel=\"next\""
    }
}

extension QueryString {
    /// The query with some parameters taken out and one put at the end.
    func replacing(_ names: [String], with pair: (name: String, value: String)) -> QueryString {
        QueryString(pairs: pairs.filter { !names.contains($0.name) } + [pair])
    }

    /// The query as it stands in a target: every byte but RFC 3986's unreserved characters is escaped.
    var text: String {
        pairs.map { "\(Self.escaped($0.name))=\(Self.escaped($0.value))" }.joined(separator: "&")
    }

    private static func escaped(_ text: String) -> String {
        func isUnreserved(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                true
            default: false
            }
        }
        // Names and most values need no escape.
        guard !text.utf8.allSatisfy(isUnreserved) else { return text }
        var escaped: [UInt8] = []
        escaped.reserveCapacity(3 * text.utf8.count)
        for byte in text.utf8 {
            if isUnreserved(byte) {
                escaped.append(byte)
            } else {
                escaped += [UInt8(ascii: "%"), hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }

    private static let hexadecimal = Array("0123456789ABCDEF".utf8)
}
