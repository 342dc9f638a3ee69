// Blocks of IP addresses: which proxies are believed about where a request comes from.

import Foundation

/// Addresses of IPv4 and IPv6, alone or by prefix: `10.0.0.0/8`, `127.0.0.1`, `fd00::/8` (RFC 4632, RFC 4291).
public struct AddressBlocks: Sendable, Hashable {
    private struct Block: Hashable {
        /// IPv4 as the IPv6 addresses that stand for it.
        let bytes: [UInt8]
        let bits: Int
    }

    private let blocks: [Block]

    /// No address.
    public init() { blocks = [] }

    /// Reads blocks; nil if one is none.
    public init?(_ texts: [String]) {
        var blocks: [Block] = []
        for text in texts {
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let bytes = Self.bytes(parts[0]) else { return nil }
            let most = parts[0].contains(":") ? 128 : 32
            guard let bits = parts.count == 2 ? Int(parts[1]) : most, (0...most).contains(bits) else { return nil }
            blocks.append(Block(bytes: bytes, bits: bits + 128 - most))
        }
        self.blocks = blocks
    }

    /// Whether there are none.
    public var isEmpty: Bool { blocks.isEmpty }

    /// Whether an address, as text, is in one of the blocks.
    public func contains(_ text: String) -> Bool {
        guard !blocks.isEmpty, let bytes = Self.bytes(text) else { return false }
        return blocks.contains { block in
            let (whole, rest) = (block.bits / 8, block.bits % 8)
            guard bytes[..<whole] == block.bytes[..<whole] else { return false }
            return rest == 0 || (bytes[whole] ^ block.bytes[whole]) >> (8 - UInt8(rest)) == 0
        }
    }

    /// The address that a request comes from, as far as proxies are believed.
    ///
    /// Each proxy adds the address that it was asked from to the end of `X-Forwarded-For`. From the end on, addresses of
    /// believed proxies are passed over; the first other one is the client. What stands before it anybody can have written.
    ///
    /// - Parameters:
    ///   - peer: the address at the other end of the connection.
    ///   - forwarded: the header's values, in order.
    public func client(peer: String, forwarded: [String]) -> String {
        guard contains(peer) else { return peer }
        var client = peer
        for entry in forwarded.joined(separator: ",").split(separator: ",").reversed().prefix(32) {
            let address = Self.withoutPort(entry.trimmingCharacters(in: .whitespaces))
            guard Self.bytes(address) != nil else { return client }
            client = address
            guard contains(address) else { return client }
        }
        return client
    }

    /// `192.0.2.1:443`, `[2001:db8::1]:443` and `[2001:db8::1]` without port and brackets.
    private static func withoutPort(_ text: String) -> String {
        if text.hasPrefix("[") { return String(text.dropFirst().prefix { $0 != "]" }) }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 ? String(parts[0]) : text
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        guard text.utf8.count <= 64 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 {
            return [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + bytes[..<4]
        }
        let address = String(text.prefix { $0 != "%" })
        return inet_pton(AF_INET6, address, &bytes) == 1 ? bytes : nil
    }
}
