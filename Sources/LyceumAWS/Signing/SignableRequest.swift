// A request as Signature Version 4 sees it.

/// The parts of an HTTP request that are signed.
public struct SignableRequest: Sendable {
    /// `GET`, `PUT`, …
    public var method: String
    /// The host, with the port unless it is the scheme's own.
    public var host: String
    /// The path, not percent-encoded, starting with `/`.
    public var path: String
    /// Name and value of each query parameter, not percent-encoded.
    public var query: [(name: String, value: String)]
    /// Further headers. `host`, `x-amz-date` and `x-amz-security-token` are added by signing.
    public var headers: [(name: String, value: String)]

    /// States a request.
    public init(
        method: String,
        host: String,
        path: String = "/",
        query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = []
    ) {
        self.method = method
        self.host = host
        self.path = path
        self.query = query
        self.headers = headers
    }

    /// The path as it goes over the wire: each byte but the unreserved ones and `/` as `%XX`.
    public var encodedPath: String { PercentEncoding.encode(path, keepingSlashes: true) }

    /// The query as it goes over the wire, in the order of signing; empty without parameters.
    public var encodedQuery: String { Self.canonical(query) }

    static func canonical(_ query: [(name: String, value: String)]) -> String {
        query
            .map { (PercentEncoding.encode($0.name), PercentEncoding.encode($0.value)) }
            .sorted { $0 < $1 }
            .map { "\($0)=\($1)" }
            .joined(separator: "&")
    }
}

/// Percent-encoding after RFC 3986 with only the unreserved characters kept, which is what AWS signs.
enum PercentEncoding {
    static func encode(_ text: String, keepingSlashes: Bool = false) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                bytes.append(byte)
            case UInt8(ascii: "/") where keepingSlashes:
                bytes.append(byte)
            default:
                let digits = Array("0123456789ABCDEF".utf8)
                bytes.append(UInt8(ascii: "%"))
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
