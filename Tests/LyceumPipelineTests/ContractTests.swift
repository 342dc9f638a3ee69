// Contracts: columns, types and data, each evolving, frozen or put aside, in whole runs.

import Foundation
import LyceumCore
import LyceumLake
import LyceumSources
import Testing

@testable import LyceumPipeline

@Suite("Contracts") struct ContractTests {
    /// What is different, as the ledger has it: `column dimension kind mode rows`.
    private func drift(_ campus: TinyCampus) async throws -> [String] {
        let ledger = try await campus.pipeline().openLake().ledger
        let run = try #require(try await ledger.lastRun())
        return try await ledger.run(run.id).drift.map {
            "\($0.column) \($0.dimension.rawValue) \($0.kind.rawValue) \($0.mode.rawValue) \($0.rows)"
        }
    }

    /// Landed rows that are current, as any other tool would read them.
    private func raw(_ campus: TinyCampus, _ columns: String = "id, name, _op") async throws -> [String] {
        try await campus.glob("raw/people", columns)
    }

    private func counts(_ report: RunReport) -> RowCounts? { report.tables.first { $0.zone == .raw }?.counts }

    /// A campus that has landed three people.
    private func campus(_ folder: URL, _ modes: ContractModes) async throws -> TinyCampus {
        var campus = TinyCampus(folder)
        campus.modes = modes
        campus.source.set { $0.rows = [(1, "Ann", 80), (2, "Bob", 30), (3, "Cyd", 50)] }
        try await campus.run()
        #expect(try await drift(campus) == [])
        return campus
    }

    // MARK: Columns

    @Test("columns evolve: a new column lands, is reported once, and stands in the catalog as personal until described")
    func columnsEvolve() async throws {
        try await withTemporaryFolder { folder in
            let campus = try await campus(folder, ContractModes())
            campus.source.set { $0.shape = .columnAdded }
            let report = try await campus.run()
            #expect(counts(report) == RowCounts(rowsIn: 3, rowsOut: 3))
            #expect(try await drift(campus) == ["nickname columns added evolve 3"])
            #expect(report.notices.contains { $0.contains("nickname added") && $0.contains("lands as a new column") })
            #expect(try await raw(campus, "id, nickname").contains("1|new"))
            let catalog = try await campus.pipeline().openLake().ledger.table(TableID(.raw, "people"))
            #expect(catalog?.columns.first { $0.name == "nickname" }?.pii == .direct)
            let again = try await campus.run()
            #expect(again.records == 0)
            #expect(try await drift(campus) == [])
        }
    }

    @Test("columns frozen: a new column, or one that is gone, stops the run, publishes nothing and is in the ledger")
    func columnsFreeze() async throws {
        try await withTemporaryFolder { folder in
            let campus = try await campus(folder, ContractModes(columns: .freeze))
            let before = try campus.visibleFiles()
            for (shape, what) in [
                (ScriptedSource.Shape.columnAdded, "nickname columns added freeze 3"),
                (.nameGone, "name columns missing freeze 0"),
            ] {
                campus.source.set { $0.shape = shape }
                let error = await #expect(throws: PipelineError.self) { try await campus.run() }
                #expect(error?.code == .contractBroken)
                #expect(error?.location == "campus/people")
                #expect(error?.message.contains("columns: evolve") == true)
                #expect(try await drift(campus) == [what])
            }
            #expect(try campus.visibleFiles() == before)
            campus.source.set { $0.shape = .usual }
            #expect(try await campus.run().records == 0)
        }
    }

    @Test("columns in quarantine: rows with a value in an unknown column are set aside, the others land without it")
    func columnsQuarantine() async throws {
        try await withTemporaryFolder { folder in
            let campus = try await campus(folder, ContractModes(columns: .quarantine))
            campus.source.set {
                $0.shape = .columnAdded
                $0.newFor = [2]
                $0.rows = [(1, "Ann", 81), (2, "Bob", 31), (3, "Cyd", 50)]
            }
            let report = try await campus.run()
            #expect(counts(report) == RowCounts(rowsIn: 3, rowsOut: 1, quarantined: 1, deduplicated: 1))
            #expect(counts(report)?.isBalanced == true)
            #expect(try await drift(campus) == ["nickname columns added quarantine 1"])
            #expect(
                try await campus.glob("quarantine/people", "rules, row_key, row_json ->> 'nickname'")
                    == ["[\"unknown_column_nickname\"]|2|new"]
            )
            // The row that was set aside is not gone from the source: it stays as it was.
            #expect(try await campus.glob("clean/persons", "id, score") == ["1|81.0", "2|30.0", "3|50.0"])
            #expect(try await raw(campus, "_op").allSatisfy { $0 == "U" })
            let again = try await campus.run()
            #expect(again.records == 0)
            #expect(counts(again) == RowCounts(rowsIn: 3, deduplicated: 3))
        }
    }

    @Test("members that no column takes are columns too: they evolve, stop the run, or set their rows aside")
    func members() async throws {
        try await withTemporaryFolder { folder in
            var campus = try await campus(folder, ContractModes())
            campus.source.set {
                $0.shape = .extraMembers
                $0.newFor = [2]
            }
            campus.modes.columns = .freeze
            let frozen = campus
            let error = await #expect(throws: PipelineError.self) { try await frozen.run() }
            #expect(error?.code == .contractBroken)
            #expect(try await drift(campus) == ["nickname columns added freeze 1"])
            campus.modes.columns = .quarantine
            for _ in 1...2 {
                try await campus.run()
                #expect(try await drift(campus) == ["nickname columns added quarantine 1"])
            }
            #expect(try await campus.glob("quarantine/people", "row_key") == ["2"])
            campus.modes.columns = .evolve
            try await campus.run()
            #expect(try await drift(campus) == ["nickname columns added evolve 1"])
            try await campus.run()
            #expect(try await drift(campus) == [])
        }
    }

    // MARK: Types

    @Test("types evolve: what does not fit lands as text, and is counted")
    func typesEvolve() async throws {
        try await withTemporaryFolder { folder in
            let campus = try await campus(folder, ContractModes())
            campus.source.set {
                $0.shape = .scoreAsText
                $0.texts = [2: "thirty"]
            }
            let report = try await campus.run()
            #expect(counts(report)?.isBalanced == true)
            #expect(try await drift(campus) == ["score types retyped evolve 1"])
            #expect(try await raw(campus, "id, score").contains("2|thirty"))
        }
    }

    @Test("types frozen: a column of another type stops the run")
    func typesFreeze() async throws {
        try await withTemporaryFolder { folder in
            let campus = try await campus(folder, ContractModes(types: .freeze))
            campus.source.set { $0.shape = .scoreAsText }
            let error = await #expect(throws: PipelineError.self) { try await campus.run() }
            #expect(error?.message.contains("VARCHAR instead of DOUBLE") == true)
            #expect(try await drift(campus) == ["score types retyped freeze 0"])
        }
    }

    @Test("types in quarantine: rows whose value does not fit are set aside, the column keeps its type")
    func typesQuarantine() async throws {
        try await withTemporaryFolder { folder in
            let campus = try await campus(folder, ContractModes(types: .quarantine))
            campus.source.set {
                $0.shape = .scoreAsText
                $0.rows = [(1, "Ann", 81), (2, "Bob", 31), (3, "Cyd", 50)]
                $0.texts = [2: "thirty", 3: " "]
            }
            let report = try await campus.run()
            #expect(counts(report) == RowCounts(rowsIn: 3, rowsOut: 2, quarantined: 1))
            #expect(try await drift(campus) == ["score types retyped quarantine 1"])
            #expect(
                try await campus.glob("quarantine/people", "row_key, reasons") == ["2|[\"'score' is not DOUBLE\"]"]
            )
            #expect(try await raw(campus, "id, score, typeof(score)").contains("1|81.0|DOUBLE"))
            #expect(try await campus.glob("clean/persons", "id, score") == ["1|81.0", "2|30.0", "3|-"])
        }
    }

    // MARK: Data

    @Test(
        "data: rows without a key, or that break a rule, land, stop the run, or are set aside",
        arguments: ContractMode.allCases
    )
    func data(mode: ContractMode) async throws {
        try await withTemporaryFolder { folder in
            var campus = TinyCampus(folder)
            campus.modes = ContractModes(data: mode)
            campus.peopleFields[1].isRequired = true
            campus.peopleFields[1].pattern = "[A-Z][a-z]+"
            campus.peopleFields[2].values = ["80.0", "30.0"]
            campus.source.set {
                $0.rows = [(1, "Ann", 80), (nil, "Bob", 30), (3, " ", 30), (4, "dee", 80), (5, "Eve", 7)]
            }
            let expected = [
                "id data broken \(mode.rawValue) 1", "name data broken \(mode.rawValue) 1",
                "name data broken \(mode.rawValue) 1", "score data broken \(mode.rawValue) 1",
            ]
            let ready = campus
            if mode == .freeze {
                let error = await #expect(throws: PipelineError.self) { try await ready.run() }
                #expect(error?.code == .contractBroken)
                #expect(error?.message.contains("Ann") == false)
                let visible = try campus.visibleFiles()
                #expect(visible.isEmpty)
            } else {
                let landed = counts(try await campus.run())
                let setAside = Int64(mode == .quarantine ? 4 : 0)
                #expect(landed == RowCounts(rowsIn: 5, rowsOut: 5 - setAside, quarantined: setAside))
            }
            if mode == .quarantine {
                let rows = try await campus.glob("quarantine/people", "rules, row_key")
                #expect(
                    rows == [
                        "[\"key_id\"]|", "[\"matches_name\"]|4", "[\"required_name\"]|3", "[\"values_score\"]|5",
                    ]
                )
            }
            #expect(try await drift(campus) == expected)
        }
    }

    // MARK: Configuration and plan

    @Test("lyceum.yaml goes before the contract, a table's own answer before the default")
    func settings() throws {
        let configuration = try Configuration.parse(
            """
            contracts:
              default: {types: quarantine, data: freeze}
              people: {data: evolve}
            sources: {a: {type: files, path: .}}
            """,
            file: URL(filePath: "/nowhere/lyceum.yaml"),
            environment: [:]
        )
        let modes = configuration.contracts.modes(of: "people", stated: ContractModes(columns: .freeze))
        #expect(modes == ContractModes(columns: .freeze, types: .quarantine, data: .evolve))
        #expect(
            configuration.contracts.modes(of: "other", stated: nil) == ContractModes(types: .quarantine, data: .freeze)
        )
        let error = #expect(throws: PipelineError.self) {
            try Configuration.parse(
                "contracts:\n  people: {colums: freeze}\nsources: {a: {type: files, path: .}}",
                file: URL(filePath: "/nowhere/lyceum.yaml"),
                environment: [:]
            )
        }
        #expect(error?.message.contains("did you mean 'columns'") == true)
    }

    @Test("the configuration's answer is the one a run follows")
    func overridden() async throws {
        try await withTemporaryFolder { folder in
            var campus = try await campus(folder, ContractModes())
            campus.extraConfiguration = "contracts: {people: {columns: freeze}}"
            campus.source.set { $0.shape = .columnAdded }
            let ready = campus
            let error = await #expect(throws: PipelineError.self) { try await ready.run() }
            #expect(error?.code == .contractBroken)
        }
    }

    @Test("a plan tells the drift before the run, and a source that does not answer is a note")
    func planned() async throws {
        try await withTemporaryFolder { folder in
            let campus = try await campus(folder, ContractModes(columns: .freeze))
            #expect(try await campus.pipeline().plan(RunOptions()).drift.isEmpty)
            campus.source.set { $0.shape = .columnAdded }
            let plan = try await campus.pipeline().plan(RunOptions())
            #expect(plan.drift.map(\.column) == ["nickname"])
            #expect(plan.drift.map(\.action) == ["stops the run"])
            #expect(try await campus.pipeline().plan(RunOptions(), asksSources: false).drift.isEmpty)
            campus.source.set { $0.shape = .scoreAsText }
            #expect(try await campus.pipeline().plan(RunOptions()).drift.map(\.detail) == ["VARCHAR instead of DOUBLE"])
            campus.source.set { $0.failure = SourceError(.unreachable, "no route", location: "test") }
            let blind = try await campus.pipeline().plan(RunOptions())
            #expect(blind.drift.isEmpty && blind.notes.count == 1)
            #expect(blind.notes[0].contains("campus could not be asked"))
        }
    }

    @Test("the bundled contracts are read, each with its key among its columns")
    func bundled() throws {
        let contracts = try Contract.bundled()
        #expect(contracts.count >= 9)
        for contract in contracts {
            #expect(!contract.key.isEmpty && Set(contract.key).isSubset(of: contract.columns), "\(contract.table)")
        }
        #expect(Contract.of("workday_students")?.jsonColumns == ["skills"])
        #expect(Contract.of("workday_students")?.columns.contains("_extra") == false)
    }

    // MARK: Types as values

    @Test(
        "a type holds another when every value of it fits unchanged",
        arguments: [
            ("BIGINT", "INTEGER", true), ("INTEGER", "BIGINT", false), ("BIGINT", "UBIGINT", false),
            ("BIGINT", "UINTEGER", true), ("DECIMAL(6,2)", "DECIMAL(4, 2)", true),
            ("DECIMAL(4,2)", "DECIMAL(4,1)", false),
            ("DOUBLE", "DECIMAL(4,2)", true), ("DOUBLE", "BIGINT", false), ("DECIMAL(4,2)", "DOUBLE", false),
            ("VARCHAR", "DATE", true), ("DATE", "VARCHAR", false), ("TIMESTAMP", "DATE", true),
            ("DATE", "TIMESTAMP", false),
            ("DECIMAL(12,2)", "INTEGER", true), ("DECIMAL(11,2)", "INTEGER", false),
        ]
    )
    func holds(type: String, other: String, holds: Bool) {
        #expect(EngineType(type).holds(EngineType(other)) == holds)
    }

    @Test(
        "values that a cast would bend do not fit",
        arguments: [
            ("BIGINT", "VARCHAR", "'12', ' 7 ', '', NULL, '1e3', '-0', '3.7', 'x', '99999999999999999999'", 3),
            ("DECIMAL(4,2)", "VARCHAR", "'3.14', '3.140', '3.141', '100', '-0.5', 'NaN'", 3),
            ("DATE", "VARCHAR", "'2024-02-29', '2023-02-29', '29.02.2024', ''", 2),
            ("BIGINT", "DOUBLE", "1.0::DOUBLE, 1.5, NULL, 1e300", 2),
            ("DOUBLE", "VARCHAR", "'1e300', 'one'", 1),
            ("DATE", "TIMESTAMP", "TIMESTAMP '2024-01-01 00:00:00', TIMESTAMP '2024-01-01 10:00:00'", 1),
        ]
    )
    func misfits(type: String, other: String, values: String, count: Int64) async throws {
        let engine = try await DuckDBEngine.forTest()
        let condition = try #require(EngineType(type).misfit("v", of: EngineType(other)))
        let found = try await engine.integers(
            "SELECT count(*) FILTER (WHERE \(condition)) FROM (SELECT unnest([\(values)]) AS v)"
        )
        #expect(found == [count])
    }
}
