// What connectors deliver and what models may read are stated in two rooms; here they are held together.

import LyceumSources
import Testing

@testable import LyceumPipeline

@Test("Connectors deliver each raw table's key and columns as the models' contract names them")
func contractsAgree() throws {
    for table in try Project.bundled().sourceTables {
        let contract = try #require(Contract.of(table.name), "no connector knows \(table.name)")
        #expect(contract.key == table.key, "\(table.name)")
        let columns = table.columns.map(\.name).filter { $0 != "_extra" }
        #expect(Set(contract.columns).subtracting(["_extra"]) == Set(columns), "\(table.name)")
    }
}
