// The section `encryption` of `lyceum.yaml`: which master key opens the lake's data keys.

import Foundation
import LyceumCore
import LyceumLake

extension ConfigurationReader {
    /// `encryption: {master_key: {file: PATH} | ${NAME} | {kms: ARN, region: …, endpoint: …}}`; nil without the section.
    func masterKey(_ document: YAMLMapping) throws(PipelineError) -> MasterKeySettings? {
        guard let mapping = try document.mapping("encryption") else { return nil }
        let key = try masterKey(of: mapping)
        try mapping.finish()
        return key
    }

    private func masterKey(of mapping: YAMLMapping) throws(PipelineError) -> MasterKeySettings {
        if case .mapping? = mapping.take("master_key"), let nested = try mapping.mapping("master_key") {
            if nested.has("kms") {
                let key = try requiredText(nested, "kms")
                // An ARN names its region: arn:aws:kms:<region>:<account>:key/<id>.
                let parts = key.split(separator: ":", omittingEmptySubsequences: false)
                let stated = parts.count >= 6 && parts[0] == "arn" ? String(parts[3]) : nil
                guard let region = try text(nested, "region") ?? stated ?? environment["AWS_REGION"], !region.isEmpty
                else { throw nested.fault("kms", "'kms' is not an ARN, so 'region' has to be given") }
                let endpoint = nested.has("endpoint") ? try url(nested, "endpoint").absoluteString : nil
                try nested.finish()
                return .kms(key: key, region: region, endpoint: endpoint)
            }
            if nested.has("file") {
                let path = try requiredText(nested, "file")
                try requirePrivate(URL(filePath: path, relativeTo: folder), nested)
            }
        }
        return .local(try secret(mapping, "master_key"))
    }

    /// Refuses a key that every account of the machine can read; a group may, for secrets that are mounted that way.
    private func requirePrivate(_ file: URL, _ mapping: YAMLMapping) throws(PipelineError) {
        let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
        guard let mode = attributes?[.posixPermissions] as? NSNumber, mode.uint16Value & 0o027 != 0 else { return }
        throw mapping.fault("file", "others may read or change the master key: chmod 600 \(file.path)")
    }
}
