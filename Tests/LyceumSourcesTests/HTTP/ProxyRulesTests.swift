// Which URLs go through which proxy.

import LyceumCore
import Testing

@testable import LyceumSources

@Suite("Proxy rules") struct ProxyRulesTests {
    private func rules(_ environment: [String: String]) throws -> ProxyRules {
        try ProxyRules(environment: environment)
    }

    @Test("the scheme decides, small letters go first, and all_proxy is for both")
    func schemes() throws {
        let rules = try rules([
            "HTTPS_PROXY": "http://big.example:1", "https_proxy": "http://u:p%40w@small.example:3128",
            "ALL_PROXY": "any.example:99",
        ])
        let secure = try #require(rules.proxy(for: "https://hr.example/x"))
        #expect(secure.host == "small.example" && secure.port == 3128)
        #expect(secure.user == "u" && secure.password == Secret("p@w"))
        #expect(rules.proxy(for: "http://hr.example/x")?.host == "any.example")
        #expect(rules.proxy(for: "http://hr.example/x")?.port == 99)
        #expect(ProxyRules().proxy(for: "https://hr.example") == nil)
    }

    @Test(
        "no_proxy names hosts with their subdomains, addresses and ports",
        arguments: [
            ("https://hr.example/", true), ("https://api.hr.example/", true), ("https://xhr.example/", false),
            ("https://a.sub.example/", true), ("https://sub.example/", true), ("https://star.example.edu/", true),
            ("https://10.0.0.7/", true), ("https://10.0.0.70/", false), ("https://port.example:8443/", true),
            ("https://port.example/", false), ("https://other.example/", false),
        ]
    )
    func exemptions(url: String, isExempt: Bool) throws {
        let rules = try rules([
            "https_proxy": "http://proxy.example:1",
            "NO_PROXY": "HR.example, .sub.example,*.example.edu 10.0.0.7,port.example:8443",
        ])
        #expect((rules.proxy(for: url) == nil) == isExempt)
    }

    @Test("this machine is never asked through a proxy, and * exempts all")
    func loopback() throws {
        let rules = try rules(["all_proxy": "http://proxy.example:1"])
        for host in ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"] {
            #expect(rules.proxy(for: "http://\(host):80/") == nil)
        }
        let none = try ProxyRules(environment: ["all_proxy": "http://proxy.example:1", "no_proxy": "*"])
        #expect(none.proxy(for: "https://hr.example") == nil)
    }

    @Test(
        "a proxy that is none is refused, and its password is not shown",
        arguments: ["ftp://u:hush42@h", "http://", "socks5://u:hush42@h:1"]
    )
    func unusable(text: String) {
        #expect {
            _ = try rules(["HTTPS_PROXY": text])
        } throws: {
            let text = "\($0)"
            return ($0 as? SourceError)?.code == .configuration && text.contains("HTTPS_PROXY")
                && !text.contains("hush42")
        }
    }
}
