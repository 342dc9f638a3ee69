// Which addresses are believed, and what is believed of them.

import LyceumAccess
import Testing

@Suite("Address blocks")
struct AddressBlocksTests {
    @Test("an address is in a block by its first bits, IPv4 and IPv6, and however IPv4 is written")
    func contains() throws {
        let blocks = try #require(AddressBlocks(["10.0.0.0/8", "192.0.2.128/25", "127.0.0.1", "2001:db8::/33", "::1"]))
        for address in [
            "10.255.1.2", "192.0.2.128", "192.0.2.255", "127.0.0.1", "::ffff:10.1.1.1", "2001:db8:7fff::1", "::1",
        ] {
            #expect(blocks.contains(address), "\(address)")
        }
        for address in [
            "11.0.0.1", "192.0.2.127", "127.0.0.2", "2001:db8:8000::1", "::2", "local", "", "10.0.0", "10.0.0.1 ",
            String(repeating: "1", count: 1000),
        ] {
            #expect(!blocks.contains(address), "\(address)")
        }
        #expect(AddressBlocks(["0.0.0.0/0"])?.contains("203.0.113.9") == true)
        #expect(AddressBlocks(["0.0.0.0/0"])?.contains("2001:db8::1") == false)
        #expect(!AddressBlocks().contains("127.0.0.1") && AddressBlocks().isEmpty)
    }

    @Test(
        "what is no block is refused",
        arguments: ["10.0.0.0/33", "10.0.0.0/-1", "::1/129", "proxy", "", "10.0.0.0/", "1/2/3"]
    )
    func refused(text: String) {
        #expect(AddressBlocks(["127.0.0.1", text]) == nil)
    }

    @Test(
        "the client is the last address that no believed proxy has",
        arguments: [
            ("203.0.113.1", ["198.51.100.7"], "203.0.113.1"), ("10.0.0.1", [], "10.0.0.1"),
            ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", ["192.0.2.1, 198.51.100.7, 10.0.0.9"], "198.51.100.7"),
            ("10.0.0.1", ["192.0.2.1", "198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", ["198.51.100.7:4711"], "198.51.100.7"), ("10.0.0.1", ["[2001:db8::5]:443"], "2001:db8::5"),
            ("10.0.0.1", ["2001:db8::5"], "2001:db8::5"), ("10.0.0.1", ["198.51.100.7, unknown"], "10.0.0.1"),
            ("10.0.0.1", ["<script>, 10.0.0.2"], "10.0.0.2"), ("local", ["198.51.100.7"], "local"),
        ]
    )
    func client(peer: String, forwarded: [String], client: String) throws {
        let blocks = try #require(AddressBlocks(["10.0.0.0/8"]))
        #expect(blocks.client(peer: peer, forwarded: forwarded) == client)
    }
}
