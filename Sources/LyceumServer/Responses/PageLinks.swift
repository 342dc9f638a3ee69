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
        var escaped = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                escaped += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return escaped
    }
}
