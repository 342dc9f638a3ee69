// Whether a model has to be built: its definition and the snapshots it read, against the last publication.

import Foundation
import LyceumCore
import LyceumLake

/// Why a model is, or is not, out of date.
struct ModelState: Sendable {
    /// What changed; nil when the published rows are those that a build would make.
    let reason: String?

    var isStale: Bool { reason != nil }

    /// Compares a model with its last build.
    ///
    /// - Parameter changed: tables that get new rows in the run at hand, before they have a snapshot.
    init(_ model: ModelDefinition, in project: Project, state: LakeState, changed: Set<TableID>) {
        let table = TableID(model.zone, model.name)
        guard let build = state.builds[table], state.snapshots[table] != nil else {
            reason = "it was never built"
            return
        }
        if build.fingerprint != project.fingerprint(of: model) {
            reason = "its definition changed"
            return
        }
        let read = Dictionary(build.inputs.map { ($0.name, $0.version) }, uniquingKeysWith: { first, _ in first })
        for input in Self.inputs(of: model, in: project) {
            let now = state.snapshots[input].map(String.init)
            if changed.contains(input) || (read["\(input)"] ?? nil) != now {
                reason = "\(input) changed"
                return
            }
        }
        reason = nil
    }

    static func inputs(of model: ModelDefinition, in project: Project) -> [TableID] {
        model.inputs.sources.sorted().map { TableID(.raw, $0) }
            + model.inputs.refs.sorted().compactMap { project.model($0) }.map { TableID($0.zone, $0.name) }
    }

    static func lineage(of model: ModelDefinition, in project: Project) -> [LineageInput] {
        inputs(of: model, in: project).map { LineageInput("\($0)", version: nil) }
            + model.inputs.seeds.sorted().map { LineageInput("seed.\($0)", version: project.seedVersions[$0]) }
    }
}
