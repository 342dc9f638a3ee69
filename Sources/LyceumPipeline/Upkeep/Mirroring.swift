// The catalog's mirror in Glue, brought in line after a publication and on request.

import Foundation
import LyceumLake

extension Pipeline {
    /// Brings Glue in line with the catalog.
    ///
    /// - Throws: ``PipelineError`` with code `badConfiguration` without a section `glue`, `AWSError` for what Glue refused.
    public func mirror() async throws -> GlueChanges {
        guard let settings = configuration.glue else {
            throw PipelineError(
                .badConfiguration,
                "there is no section 'glue' to say which Glue database mirrors the catalog",
                location: configuration.file.path
            )
        }
        return try await GlueMirror(settings).update(from: try await openLake())
    }

    /// The same after a publication, which stands whatever becomes of its mirror: a failure is a sentence for the report.
    func mirror(_ lake: Lake) async -> String? {
        guard let settings = configuration.glue else { return nil }
        do {
            _ = try await GlueMirror(settings).update(from: lake)
            return nil
        } catch {
            return
                "published; Glue is not up to date, and is caught up by the next run or `lyceum lake mirror`: \(error)"
        }
    }
}
