// Reads the key `lake:`, a folder or a place in S3.

import Foundation
import LyceumAWS
import LyceumLake

extension ConfigurationReader {
    private enum AddressStyle: String, CaseIterable { case path, virtual }
    private enum Encryption: String, CaseIterable {
        case s3 = "sse-s3"
        case kms = "sse-kms"
    }

    /// `lake: folder`, `lake: s3://bucket/prefix`, or `lake: {s3: {bucket: …}}`.
    func lakePlace(_ document: YAMLMapping) throws(PipelineError) -> LakePlace {
        if case .mapping? = document.take("lake"), let entry = try document.mapping("lake") {
            guard let s3 = try entry.mapping("s3") else {
                throw entry.fault(nil, "'lake' must be a path, s3://bucket/prefix, or {s3: {bucket: …}}")
            }
            let place = try bucket(s3)
            try s3.finish()
            try entry.finish()
            return .s3(place)
        }
        guard let text = try text(document, "lake"), !text.isEmpty else {
            return .folder(folder.appending(path: "lake"))
        }
        guard let s3 = S3Location(url: text, environment: environment) else {
            return .folder(URL(filePath: text, relativeTo: folder).standardizedFileURL)
        }
        return .s3(try checked(s3, document, "lake"))
    }

    private func bucket(_ entry: YAMLMapping) throws(PipelineError) -> S3Location {
        let style = try entry.choice("style", AddressStyle.self)
        let encryption = try entry.choice("encryption", Encryption.self)
        let key = try text(entry, "kms_key")
        guard key == nil || encryption == .kms else {
            throw entry.fault("kms_key", "'kms_key' is of use with 'encryption: sse-kms' only")
        }
        var bucket = S3Configuration(
            bucket: try requiredText(entry, "bucket"),
            region: try text(entry, "region") ?? S3Location.region(environment),
            endpoint: try text(entry, "endpoint") ?? S3Location.endpoint(environment),
            addressStyle: style.map { $0 == .path ? .path : .virtualHost }
        )
        switch encryption {
        case .s3?: bucket.encryption = .s3
        case .kms?: bucket.encryption = .kms(keyID: key)
        case nil: break
        }
        let place = S3Location(
            bucket: bucket,
            prefix: try text(entry, "prefix") ?? "",
            profile: try text(entry, "profile")
        )
        return try checked(place, entry, "bucket")
    }

    private func checked(_ s3: S3Location, _ entry: YAMLMapping, _ key: String) throws(PipelineError) -> S3Location {
        do { try s3.bucket.validate() } catch { throw entry.fault(key, error.message) }
        guard s3.prefix.wholeMatch(of: /[A-Za-z0-9!_.*'()\/=-]*/) != nil else {
            throw entry.fault(key, "the prefix '\(s3.prefix)' has characters that other tools do not take in keys")
        }
        return s3
    }
}
