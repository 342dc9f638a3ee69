// How long an answer may be kept, by its own word (RFC 9111).

/// Reads `Cache-Control`.
enum CacheLifetime {
    /// The seconds that an answer may be kept, from `Cache-Control` and `Age`; nil when it does not say.
    static func seconds(cacheControl: [String], age: String?) -> Int? {
        var lifetime: Int?
        for directive in cacheControl.joined(separator: ",").split(separator: ",") {
            let parts = directive.split(separator: "=", maxSplits: 1).map { part in
                part.trimming { $0 == " " || $0 == "\t" || $0 == "\"" }
            }
            switch parts.first?.lowercased() {
            case "no-store", "no-cache": return 0
            case "max-age" where parts.count == 2:
                // A number too large to read is as good as the largest.
                let digits = parts[1]
                guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return 0 }
                lifetime = min(lifetime ?? .max, Int(digits) ?? .max)
            default: continue
            }
        }
        guard let lifetime else { return nil }
        return max(0, lifetime - (age.flatMap { Int($0) }.map { max(0, $0) } ?? 0))
    }
}

extension Substring {
    fileprivate func trimming(_ isBlank: (Character) -> Bool) -> Substring {
        var text = self
        while let first = text.first, isBlank(first) { text.removeFirst() }
        while let last = text.last, isBlank(last) { text.removeLast() }
        return text
    }
}
