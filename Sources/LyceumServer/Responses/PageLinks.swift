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
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        for (name, value) in pairs {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: "&")) }
            Self.escape(name, into: &bytes)
            bytes.append(UInt8(ascii: "="))
            Self.escape(value, into: &bytes)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func escape(_ text: String, into bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes.append(UInt8(ascii: "%"))
                bytes.append(hexadecimal.utf8Start[Int(byte >> 4)])
                bytes.append(hexadecimal.utf8Start[Int(byte & 15)])
            }
        }
    }

    private static let hexadecimal = StaticString("0123456789ABCDEF")
}
