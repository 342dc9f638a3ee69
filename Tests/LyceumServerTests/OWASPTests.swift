// The page on OWASP's API Security Top 10 names tests that there are.

import Foundation
import Testing

@Suite("OWASP API Security Top 10")
struct OWASPTests {
    @Test("each of the ten risks has tests, and each test that the page names is in the file it names")
    func page() throws {
        let repository = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL
        let page = repository.appending(path: "docs/owasp-api-top-10.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let sections = text.split(separator: "\n## ").dropFirst()
        #expect(
            sections.compactMap { $0.prefixMatch(of: /API([0-9]+):2023/).flatMap { Int($0.output.1) } } == Array(1...10)
        )
        for section in sections {
            let title = section.prefix { $0 != "\n" }
            let tests = section.matches(of: #/(?m)^- `(Tests/[^`]+\.swift)`: "(.+)"$/#)
            #expect(tests.count >= 2, "\(title)")
            #expect(tests.count == section.matches(of: #/(?m)^- /#).count, "a line of \(title) names no test")
            for test in tests {
                let file = repository.appending(path: String(test.output.1))
                let source = try #require(
                    try? String(contentsOf: file, encoding: .utf8),
                    "there is no \(test.output.1)"
                )
                // On one line with `@Test(`, or on the next.
                let name = NSRegularExpression.escapedPattern(for: String(test.output.2))
                let isThere = source.range(of: "@Test\\(\\s*\"\(name)\"", options: .regularExpression) != nil
                #expect(isThere, "\(test.output.1) has no test \"\(test.output.2)\"")
            }
        }
    }
}
