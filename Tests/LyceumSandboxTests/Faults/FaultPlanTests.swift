// Which faults are drawn, and what they do to an answer.

import Foundation
import Testing

@testable import LyceumSandbox

@Suite("Faults") struct FaultPlanTests {
    @Test("the same seed draws the same, another seed draws others")
    func seeds() throws {
        let plan = try FaultPlan(parsing: "all=0.5", seed: 7)
        let draws = (0..<500).map { plan.draw(request: $0) }
        #expect(draws == (0..<500).map { plan.draw(request: $0) })
        let other = try FaultPlan(parsing: "all=0.5", seed: 8)
        #expect(draws != (0..<500).map { other.draw(request: $0) })
    }

    @Test("faults come at their rates")
    func rates() throws {
        let plan = try FaultPlan(parsing: "429=0.2, reset=0.1", seed: 1)
        let draws = (0..<20_000).compactMap { plan.draw(request: $0)?.fault }
        #expect(abs(Double(draws.count { $0 == .tooManyRequests }) / 20_000 - 0.2) < 0.02)
        #expect(abs(Double(draws.count { $0 == .reset }) / 20_000 - 0.1) < 0.02)
        #expect(draws.allSatisfy { $0 == .tooManyRequests || $0 == .reset })
    }

    @Test(
        "what cannot be read is named",
        arguments: ["428=0.1", "429", "429=x", "429=0.7,500=0.7", "429=-1", "429=nan"]
    )
    func wrong(text: String) {
        #expect { _ = try FaultPlan(parsing: text, seed: 1) } throws: { ($0 as? SandboxError)?.code == .faults }
    }

    @Test("damaged JSON is never JSON, wherever it ends")
    func json() {
        let text = Array(#"{"total":2,"data":[{"id":"1"},{"id":"2"}]}"#.utf8)
        for step in 0..<100 {
            let damaged = DamagedAnswer.json(text, amount: Double(step) / 100)
            #expect((try? JSONSerialization.jsonObject(with: Data(damaged))) == nil)
        }
    }

    @Test("a total is one off, a page one row or one page off")
    func pages() {
        let page = Array(#"{"total":12,"data":[]}"#.utf8)
        #expect(
            DamagedAnswer.total(page, amount: 0.1).map { String(decoding: $0, as: UTF8.self) }
                == #"{"total":11,"data":[]}"#
        )
        let list = Array(#"{"pagination":{"totalAvailable":"2"}}"#.utf8)
        #expect(
            DamagedAnswer.total(list, amount: 0.9).map { String(decoding: $0, as: UTF8.self) }
                == #"{"pagination":{"totalAvailable":"3"}}"#
        )
        #expect(
            DamagedAnswer.page("/x?limit=100&offset=200", .duplicatedPage, amount: 0.3) == "/x?limit=100&offset=100"
        )
        #expect(DamagedAnswer.page("/x?limit=100&offset=200", .shiftedPage, amount: 0.3) == "/x?limit=100&offset=199")
        #expect(DamagedAnswer.page("/x?limit=100&offset=0", .shiftedPage, amount: 0.3) == "/x?limit=100&offset=1")
        #expect(DamagedAnswer.page("/x?limit=100&offset=0", .duplicatedPage, amount: 0.3) == nil)
    }
}

@Suite("View filters") struct TableauViewFilterTests {
    @Test("fields and values are decoded, and a comma with a backslash is part of its value")
    func read() {
        let query = "maxAge=1&vf_Engagement+Level=Low,High&vf_City%20Name=Boston%5C,%20MA,Paris"
        #expect(
            TableauViewFilter.read(query) == [
                TableauViewFilter(field: "Engagement Level", values: ["Low", "High"]),
                TableauViewFilter(field: "City Name", values: ["Boston, MA", "Paris"]),
            ]
        )
    }
}
