// Reads `lyceum.yaml`: strict, with file and line in each complaint, secrets only from outside the file.

import Foundation
import LyceumCore
import LyceumLake
import LyceumSources

extension Configuration {
    /// Reads a configuration file.
    ///
    /// Relative paths are relative to the file. `${NAME}` anywhere in a value stands for an environment variable.
    /// Secrets may only be `${NAME}` or `{file: path}`.
    ///
    /// - Throws: ``PipelineError`` with code `badConfiguration`.
    public static func read(
        _ file: URL,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(PipelineError) -> Configuration {
        let text: String
        do {
            text = try String(contentsOf: file, encoding: .utf8)
        } catch {
            throw PipelineError(
                .badConfiguration,
                "cannot be read; `lyceum init` writes one, `--config PATH` names another",
                location: file.path,
                cause: error
            )
        }
        return try parse(text, file: file, environment: environment)
    }

    /// Reads a configuration from text; `file` names it in messages and anchors relative paths.
    public static func parse(
        _ text: String,
        file: URL,
        environment: [String: String]
    ) throws(PipelineError) -> Configuration {
        let reader = ConfigurationReader(
            file: file,
            folder: file.deletingLastPathComponent(),
            environment: environment
        )
        return try reader.read(try YAMLMapping.document(text, file: file.path))
    }
}

/// Turns YAML mappings into configuration values.
struct ConfigurationReader {
    let file: URL
    let folder: URL
    let environment: [String: String]

    func read(_ document: YAMLMapping) throws(PipelineError) -> Configuration {
        var sources: [Configuration.SourceSettings] = []
        if let mapping = try document.mapping("sources") {
            for name in mapping.keys {
                guard name.wholeMatch(of: /[a-z][a-z0-9_]{0,40}/) != nil else {
                    throw mapping.fault(
                        name,
                        "source name '\(name)' must be lower-case letters, digits and _, starting with a letter"
                    )
                }
                if let entry = try mapping.mapping(name) {
                    sources.append(try source(name, entry))
                    try entry.finish()
                }
            }
        }
        guard !sources.isEmpty else {
            throw document.fault(
                "sources",
                "'sources' names no source; add one (see the comments `lyceum init` writes)"
            )
        }
        var engine = DuckDBEngine.Limits()
        var spark: SparkSettings?
        if let mapping = try engineSection(document) {
            if let section = try mapping.mapping("spark") { spark = try self.spark(section) }
            if let memory = try text(mapping, "memory_limit") {
                guard memory.wholeMatch(of: /[0-9]+(\.[0-9]+)? ?[KMGT]i?B/) != nil else {
                    throw mapping.fault("memory_limit", "'engine.memory_limit' must be a size such as 1GB or 512MB")
                }
                engine.memory = memory
            }
            engine.threads = try mapping.integer("threads", in: 1...1024)
            try mapping.finish()
        }
        let server = try server(document)
        let contracts = try contracts(document)
        let masterKey = try masterKey(document)
        let glue = try glue(document)
        let privacy = try privacy(document)
        let compaction = try compaction(document)
        let retention = try retention(document)
        let tiers = try tiers(document)
        let lake = try lakePlace(document)
        if spark != nil, masterKey != nil {
            throw document.fault(
                "encryption",
                "Spark cannot read files that are encrypted with the lake's own keys: leave 'encryption' out and encrypt on "
                    + "the server's side (lake: {s3: {encryption: sse-kms}}), or leave 'engine.spark' out"
            )
        }
        let ledger = try ledger(document)
        let audit = try audit(document, ledger: ledger)
        let index = try path(document, "index") ?? folder.appending(path: "index")
        let kept = try document.integer("index_versions_kept", in: 1...1000) ?? 3
        let encoder = try path(document, "index_encoder")
        try document.finish()
        return Configuration(
            file: file,
            lake: LakeSettings(place: lake, ledger: ledger, masterKey: masterKey),
            index: index,
            indexVersionsKept: kept,
            indexEncoder: encoder,
            engine: engine,
            spark: spark,
            sources: sources,
            glue: glue,
            contracts: contracts,
            privacy: privacy,
            audit: audit,
            compaction: compaction,
            retention: retention,
            tiers: tiers,
            server: server
        )
    }

    /// `ledger`: a file, `${NAME}` for the URI of a server, or `{postgresql: …, schema: …}`.
    private func ledger(_ document: YAMLMapping) throws(PipelineError) -> LedgerLocation {
        guard case .mapping? = document.take("ledger"), let mapping = try document.mapping("ledger") else {
            guard let text = try document.string("ledger"), !text.isEmpty else {
                return .file(folder.appending(path: "ledger.sqlite"))
            }
            if text.contains("://"), !text.contains("${") {
                throw document.fault(
                    "ledger",
                    "the ledger's URI holds a password; give it as ${NAME} or {postgresql: {file: PATH}}"
                )
            }
            return LedgerLocation(Secret(try self.text(document, "ledger") ?? text), relativeTo: folder)
        }
        let uri = try secret(mapping, "postgresql")
        let schema = try text(mapping, "schema") ?? LedgerLocation.defaultSchema
        try mapping.finish()
        guard case .postgresql = LedgerLocation(uri) else {
            throw document.fault(
                "ledger",
                "'postgresql' must be a URI such as postgresql://user:password@host/database"
            )
        }
        return .postgresql(uri: uri, schema: schema)
    }

    /// The section `contracts`: raw table, or `default` → dimension → answer.
    private func contracts(_ document: YAMLMapping) throws(PipelineError) -> ContractSettings {
        var settings = ContractSettings()
        guard let mapping = try document.mapping("contracts") else { return settings }
        for table in mapping.keys {
            guard let entry = try mapping.mapping(table) else { continue }
            for dimension in ContractDimension.allCases {
                settings.answers[table, default: [:]][dimension] = try entry.choice(
                    dimension.rawValue,
                    ContractMode.self
                )
            }
            if let renamed = try entry.mapping("renamed_from") {
                for column in renamed.keys {
                    settings.formerNames[table, default: [:]][column] = try renamed.strings(column)
                }
                try renamed.finish()
            }
            try entry.finish()
        }
        return settings
    }

    /// The section `privacy`.
    private func privacy(_ document: YAMLMapping) throws(PipelineError) -> Configuration.PrivacySettings {
        var settings = Configuration.PrivacySettings(folder: folder)
        guard let mapping = try document.mapping("privacy") else { return settings }
        if mapping.has("key") { settings.key = try secret(mapping, "key") }
        settings.receipts = try path(mapping, "receipts") ?? settings.receipts
        settings.recipients = try mapping.strings("recipients") ?? []
        if let bases = try mapping.mapping("legal_basis") {
            for table in bases.keys { settings.legalBasis[table] = try bases.string(table) }
            try bases.finish()
        }
        try mapping.finish()
        return settings
    }

    /// A text with `${NAME}` replaced from the environment.
    func text(_ mapping: YAMLMapping, _ key: String) throws(PipelineError) -> String? {
        guard let raw = try mapping.string(key) else { return nil }
        return try expand(raw, mapping, key)
    }

    func requiredText(_ mapping: YAMLMapping, _ key: String) throws(PipelineError) -> String {
        _ = try mapping.requiredString(key)
        guard let value = try text(mapping, key), !value.isEmpty else {
            throw mapping.fault(key, "'\(key)' is empty; give it a value")
        }
        return value
    }

    func path(_ mapping: YAMLMapping, _ key: String) throws(PipelineError) -> URL? {
        guard let text = try text(mapping, key), !text.isEmpty else { return nil }
        return URL(filePath: text, relativeTo: folder).standardizedFileURL
    }

    func url(_ mapping: YAMLMapping, _ key: String) throws(PipelineError) -> URL {
        let text = try requiredText(mapping, key)
        guard let url = URL(string: text), let scheme = url.scheme, url.host() != nil,
            ["http", "https"].contains(scheme)
        else {
            throw mapping.fault(key, "'\(key)' must be a URL such as https://host.example")
        }
        let loopback = ["127.0.0.1", "localhost", "[::1]", "::1"].contains(url.host() ?? "")
        guard scheme == "https" || loopback else {
            throw mapping.fault(key, "'\(key)' must use https: credentials and student data would travel in the clear")
        }
        return url
    }

    /// A secret: `${NAME}` or `{file: path}`; one written into the file itself is refused.
    func secret(_ mapping: YAMLMapping, _ key: String) throws(PipelineError) -> Secret {
        guard mapping.has(key) else {
            throw mapping.fault(nil, "'\(key)' is missing; give it as ${NAME} or {file: PATH}")
        }
        if case .mapping? = mapping.take(key), let nested = try mapping.mapping(key) {
            let location = try requiredText(nested, "file")
            try nested.finish()
            let url = URL(filePath: location, relativeTo: folder)
            do {
                let text = try String(contentsOf: url, encoding: .utf8)
                return Secret(text.trimmingCharacters(in: .whitespacesAndNewlines))
            } catch {
                throw mapping.fault(key, "the secret file '\(location)' of '\(key)' cannot be read")
            }
        }
        let raw = try mapping.requiredString(key)
        guard raw.contains("${") else {
            throw mapping.fault(
                key,
                "'\(key)' must not stand in this file; put it into an environment variable and write ${NAME}, or into a file and write {file: PATH}"
            )
        }
        let value = try expand(raw, mapping, key)
        guard !value.isEmpty else { throw mapping.fault(key, "'\(key)' is empty: the variable in \(raw) has no value") }
        return Secret(value)
    }

    private func expand(_ raw: String, _ mapping: YAMLMapping, _ key: String) throws(PipelineError) -> String {
        var result = ""
        var rest = raw[...]
        while let open = rest.firstRange(of: "${") {
            guard let close = rest[open.upperBound...].firstIndex(of: "}") else {
                throw mapping.fault(key, "'\(key)' has '${' without '}'")
            }
            let name = String(rest[open.upperBound..<close])
            guard let value = environment[name] else {
                throw mapping.fault(key, "'\(key)' uses ${\(name)}, but the environment variable \(name) is not set")
            }
            result += rest[..<open.lowerBound] + value
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}
