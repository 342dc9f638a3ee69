// The section `glue` of `lyceum.yaml`: where the catalog is mirrored.

import Foundation
import LyceumLake

extension ConfigurationReader {
    /// `glue: {database: lyceum, region: …, location: s3://…, endpoint: …, encrypted_tables: leave_out | list}`.
    func glue(_ document: YAMLMapping) throws(PipelineError) -> GlueSettings? {
        guard let mapping = try document.mapping("glue") else { return nil }
        let database = try text(mapping, "database") ?? "lyceum"
        guard database.wholeMatch(of: /[a-z0-9_]{1,255}/) != nil else {
            throw mapping.fault("database", "'database' must be lower-case letters, digits and _")
        }
        guard let region = try text(mapping, "region") ?? environment["AWS_REGION"], !region.isEmpty else {
            throw mapping.fault("region", "'region' is missing, and AWS_REGION is not set")
        }
        let endpoint = mapping.has("endpoint") ? try url(mapping, "endpoint").absoluteString : nil
        let location = try requiredText(mapping, "location")
        let encrypted = try mapping.choice("encrypted_tables", EncryptedTables.self)
        try mapping.finish()
        do {
            return try GlueSettings(
                database: database,
                region: region,
                endpoint: endpoint,
                location: location,
                includesEncrypted: encrypted == .list
            )
        } catch {
            throw mapping.fault("location", "'location' must be the lake's place on S3, such as s3://bucket/folder")
        }
    }
}

private enum EncryptedTables: String, CaseIterable {
    case leaveOut = "leave_out"
    case list
}
