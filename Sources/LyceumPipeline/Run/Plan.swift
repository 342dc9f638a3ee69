// What a run would do, and why.

import LyceumCore
import LyceumLake

/// The answer of `lyceum plan`.
public struct Plan: Sendable, Codable {
    /// What would happen to one source's table.
    public struct ExtractStep: Sendable, Codable {
        /// The configured source.
        public var source: String
        /// The raw table.
        public var table: String
        /// `full`, `since the watermark` or `compare the whole snapshot`, with the reason.
        public var action: String
    }

    /// What would happen to one model.
    public struct BuildStep: Sendable, Codable {
        /// The table.
        public var table: String
        /// Its zone.
        public var zone: Zone
        /// `build`, `build if its inputs change` or `skip`.
        public var action: String
        /// Why.
        public var reason: String
    }

    /// Extractions, by source.
    public var extract: [ExtractStep]
    /// How the sources differ from their tables' contracts now, as far as their columns tell.
    public var drift: [DriftRecord]
    /// What could not be found out.
    public var notes: [String]
    /// Models, in the order in which they would be built.
    public var build: [BuildStep]
    /// What would become of the search snapshot.
    public var index: String
}
