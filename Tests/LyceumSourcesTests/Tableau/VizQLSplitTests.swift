// Dividing queries that are too large, against a table in memory.

import Testing

@testable import LyceumSources

@Suite("Splitting VizQL queries") struct VizQLSplitTests {
    private typealias Row = [String: String?]

    private func matches(_ row: Row, _ part: VizQLPart) -> Bool {
        part.filters.allSatisfy { field, filter in
            let value: VizQLValue = (row[field] ?? nil).map { .text($0) } ?? .null
            return filter.values.contains(value) != filter.excludes
        }
    }

    /// Asks a service that gives at most `limit` rows.
    private func read(_ rows: [Row], by fields: [String], limit: Int, filters: [String: [VizQLValue]] = [:]) -> (
        rows: [Row], queries: Int, isPossible: Bool
    ) {
        var split = VizQLSplit(filters: filters, by: fields)
        var read: [Row] = []
        var queries = 0
        while let part = split.next() {
            queries += 1
            let found = rows.filter { matches($0, part) }
            if found.count <= limit {
                read += found
                continue
            }
            switch split.tooLarge(part) {
            case .divided: continue
            case .askValues(let field):
                let values = Set(found.map { ($0[field] ?? nil).map { VizQLValue.text($0) } ?? .null })
                split.divide(part, by: field, values: values.sorted { $0.json < $1.json })
            case .impossible: return (read, queries, false)
            }
        }
        return (read, queries, true)
    }

    @Test("every row comes once, whatever the limit", arguments: [1, 2, 3, 7, 50, 1_000])
    func everyRowOnce(limit: Int) {
        var random = SystemRandomNumberGenerator()
        let rows: [Row] = (0..<300).map { number in
            [
                "id": String(number),
                "month": Int.random(in: 0..<13, using: &random) == 0
                    ? nil : "m\(Int.random(in: 0..<12, using: &random))",
            ]
        }
        let result = read(rows, by: ["month", "id"], limit: limit)
        #expect(result.isPossible)
        #expect(result.rows.count == 300 && Set(result.rows.compactMap { $0["id"] ?? nil }).count == 300)
    }

    @Test("what cannot be divided is told")
    func impossible() {
        let rows: [Row] = (0..<10).map { ["id": String($0), "month": "m1"] }
        #expect(!read(rows, by: ["month"], limit: 5).isPossible)
        #expect(!read(rows, by: [], limit: 5).isPossible)
        #expect(read(rows, by: [], limit: 10).isPossible)
    }

    @Test("a field has one filter, also where the configuration filters it")
    func oneFilter() {
        let rows: [Row] = (0..<100).map { ["id": String($0), "month": "m\($0 % 10)"] }
        let wanted: [VizQLValue] = [.text("m1"), .text("m2"), .text("m3")]
        let result = read(rows, by: ["month", "id"], limit: 4, filters: ["month": wanted])
        #expect(result.isPossible && result.rows.count == 30)
        #expect(Set(result.rows.compactMap { $0["month"] ?? nil }) == ["m1", "m2", "m3"])
    }

    @Test("rows with a value that came after the values were read are not missed")
    func lateValues() {
        var split = VizQLSplit(filters: [:], by: ["month"])
        var seen = 0
        let before: [Row] = (0..<10).map { ["month": "m\($0)"] }
        let late: Row = ["month": "m99"]
        while let part = split.next() {
            let found = (before + (seen == 0 ? [] : [late])).filter { matches($0, part) }
            seen += 1
            if found.count > 5, case .askValues(let field) = split.tooLarge(part) {
                split.divide(part, by: field, values: before.compactMap { ($0["month"] ?? nil).map { .text($0) } })
            } else if found.contains(late) {
                return
            }
        }
        Issue.record("the late row was never asked for")
    }

    @Test("requests are JSON, with nulls, numbers and quotes as they must be")
    func json() {
        var part = VizQLPart()
        part.filters["Say \"x\""] = VizQLFilter(values: [.text("a\"b"), .plain("3"), .null], excludes: true)
        let body = VizQLRequest.query("ds", [VizQLField("SUM(Sales)"), VizQLField("Region Name")], part)
        #expect(body.contains(#"{"fieldCaption":"Sales","function":"SUM","fieldAlias":"sum_sales"}"#))
        #expect(body.contains(#"{"fieldCaption":"Region Name","fieldAlias":"region_name"}"#))
        #expect(body.contains(#""values":["a\"b",3,null],"exclude":true"#))
        #expect(body.contains(#""disaggregate":false"#))
        #expect(VizQLField("Cost(EUR)").function == nil)
    }
}
