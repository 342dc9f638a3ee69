// Lists of what a client prefers: `Accept` and `Accept-Encoding`.

/// The members of a header such as `text/html, application/json;q=0.9, */*;q=0.1` (RFC 9110, section 12.4.2).
struct QualityList: Equatable {
    struct Member: Equatable {
        /// In small letters, without parameters.
        var value: String
        /// From 0, not acceptable, to 1000.
        var quality: Int
    }

    let members: [Member]

    /// Reads a header.
    ///
    /// A weight that cannot be read makes its member count as not given, as if the client had not known it either.
    init(_ header: String) {
        var members: [Member] = []
        for part in header.split(separator: ",").prefix(64) {
            let pieces = part.split(separator: ";")
            guard let first = pieces.first.map(Self.trimmed), !first.isEmpty else { continue }
            var quality: Int? = 1000
            for parameter in pieces.dropFirst() {
                let halves = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard halves.count == 2, Self.trimmed(halves[0]).lowercased() == "q" else { continue }
                quality = Self.thousandths(Self.trimmed(halves[1]))
            }
            guard let quality else { continue }
            members.append(Member(value: first.lowercased(), quality: quality))
        }
        self.members = members
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }

    /// `0`, `1`, `0.5`, `0.125`, `1.000`: at most three decimals, at most 1.
    private static func thousandths(_ text: Substring) -> Int? {
        let halves = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = halves.first, whole == "0" || whole == "1" else { return nil }
        let decimals = halves.count == 2 ? halves[1] : ""
        guard decimals.utf8.count <= 3, decimals.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let padded = String(decimals) + String(repeating: "0", count: 3 - decimals.utf8.count)
        let value = (whole == "1" ? 1000 : 0) + (Int(padded) ?? 0)
        return value <= 1000 ? value : nil
    }
}
