// Which addresses count as one.

import Foundation

/// Groups network addresses by who is likely behind them.
enum RemoteAddress {
    /// The group of an address: an IPv4 address stands for itself; an IPv6 address for its /64, of which one household or
    /// machine has the whole; an IPv4 address written as IPv6 for the IPv4 address.
    static func group(_ text: String) -> String {
        // A zone (`fe80::1%eth0`) names our own interface.
        let text = String(text.prefix(64).prefix { $0 != "%" })
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return text }
        guard inet_pton(AF_INET6, text, &bytes) == 1 else { return text }
        if bytes[0..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            return bytes[12..<16].map { String($0) }.joined(separator: ".")
        }
        return bytes[0..<8].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "/64"
    }
}
