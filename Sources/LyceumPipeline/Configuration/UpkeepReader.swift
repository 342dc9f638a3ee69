// Reads the sections of lyceum.yaml about the lake's upkeep.

import Foundation
import LyceumCore

/// A number of bytes as people write it.
public enum ByteSize {
    /// Reads `128MB`, `1.5 GB`, `64KiB` or plain bytes; nil for anything else.
    public static func bytes(_ text: String) -> Int64? {
        guard let match = text.wholeMatch(of: /([0-9]{1,12}(?:\.[0-9]{1,3})?) ?([KMGT]?)(i?)B?/),
            let number = Double(match.1)
        else { return nil }
        let base: Double = match.3 == "i" ? 1024 : 1000
        let power =
            match.2.first.flatMap { "KMGT".firstIndex(of: $0) }
            .map { "KMGT".distance(from: "KMGT".startIndex, to: $0) + 1 } ?? 0
        let bytes = number * pow(base, Double(power))
        return bytes < 1e17 ? Int64(bytes) : nil
    }
}

extension ConfigurationReader {
    /// The section `compaction: {auto: true, files: 64, target: 128MB}`.
    func compaction(_ document: YAMLMapping) throws(PipelineError) -> CompactionSettings {
        var settings = CompactionSettings()
        guard let mapping = try document.mapping("compaction") else { return settings }
        settings.isAutomatic = try mapping.boolean("auto") ?? settings.isAutomatic
        settings.files = try mapping.integer("files", in: 2...1_000_000) ?? settings.files
        if let text = try text(mapping, "target") {
            guard let bytes = ByteSize.bytes(text), bytes >= 1_000_000 else {
                throw mapping.fault("target", "'compaction.target' must be a size of at least 1MB, such as 128MB")
            }
            settings.target = bytes
        }
        try mapping.finish()
        return settings
    }

    /// The section `retention: {default: 7 years, history: …, tables: {…}, by: {…}}`.
    func retention(_ document: YAMLMapping) throws(PipelineError) -> RetentionSettings {
        var settings = RetentionSettings()
        guard let mapping = try document.mapping("retention") else { return settings }
        settings.standard = try period(mapping, "default") ?? settings.standard
        if let tables = try mapping.mapping("tables") {
            for name in tables.keys {
                guard let period = try period(tables, name) else { continue }
                if name == RetentionSettings.historyName {
                    settings.history = period
                } else {
                    settings.tables[name] = period
                }
            }
            try tables.finish()
        }
        if let columns = try mapping.mapping("by") {
            for name in columns.keys { settings.by[name] = try columns.requiredString(name) }
            try columns.finish()
        }
        try mapping.finish()
        return settings
    }

    /// The section `tiers: {infrequent: 90, archive: 365, deep_archive: 730}`, in days.
    func tiers(_ document: YAMLMapping) throws(PipelineError) -> TierSettings {
        var settings = TierSettings()
        guard let mapping = try document.mapping("tiers") else { return settings }
        settings.infrequentAfter = try mapping.integer("infrequent", in: 30...36500) ?? settings.infrequentAfter
        settings.archiveAfter = try mapping.integer("archive", in: 60...36500) ?? settings.archiveAfter
        settings.deepArchiveAfter = try mapping.integer("deep_archive", in: 150...36500)
        // S3 refuses a transition less than thirty days after the one before.
        guard settings.archiveAfter >= settings.infrequentAfter + 30 else {
            throw mapping.fault("archive", "'tiers.archive' must be at least 30 days after 'tiers.infrequent'")
        }
        if let deep = settings.deepArchiveAfter, deep < settings.archiveAfter + 90 {
            throw mapping.fault("deep_archive", "'tiers.deep_archive' must be at least 90 days after 'tiers.archive'")
        }
        try mapping.finish()
        return settings
    }

    private func period(_ mapping: YAMLMapping, _ key: String) throws(PipelineError) -> RetentionPeriod? {
        guard let text = try text(mapping, key) else { return nil }
        guard let period = RetentionPeriod(text) else {
            throw mapping.fault(
                key,
                "'\(key)' is '\(text)'; a period is a number of days, months or years, such as 7 years"
            )
        }
        return period
    }
}
