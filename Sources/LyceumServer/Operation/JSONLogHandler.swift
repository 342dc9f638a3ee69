// Logs as JSON lines, one object a line.

import Foundation
import Logging
import LyceumCore

/// A log handler that writes `{"time", "level", "logger", "message", …metadata}` as one line to a file handle.
///
/// Whole numbers in the metadata stay numbers. Line breaks cannot occur inside a line, whatever is logged.
public struct JSONLogHandler: LogHandler {
    /// Messages below this level are dropped.
    public var logLevel: Logger.Level = .info
    /// Fields of every line.
    public var metadata: Logger.Metadata = [:]
    /// What adds fields from the task's context.
    public var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private let write: @Sendable (String) -> Void

    /// Writes to the standard error stream.
    public init(label: String) {
        self.init(label: label) { line in
            FileHandle.standardError.write(Data(line.utf8))
        }
    }

    /// Hands each line, with its line break, to a function, which may be called from several tasks at once.
    public init(label: String, write: @escaping @Sendable (String) -> Void) {
        self.label = label
        self.write = write
    }

    /// A field of every line.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line.
    public func log(event: LogEvent) {
        var object = JSONObjectText()
        object.add("time", Timestamp.iso(Date(), fractional: true))
        object.add("level", event.level.rawValue)
        object.add("logger", label)
        object.add("message", event.message.description)
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { _, new in new } }
        if let given = event.metadata { fields.merge(given) { _, new in new } }
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            object.add(name, raw: Self.json(value))
        }
        write(object.text + "\n")
    }

    private static func json(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): JSONText.quoted(text)
        case .stringConvertible(let number as Int): String(number)
        case .stringConvertible(let number as Int64): String(number)
        case .stringConvertible(let truth as Bool): truth ? "true" : "false"
        case .stringConvertible(let other): JSONText.quoted(other.description)
        case .array(let values): "[" + values.map(json).joined(separator: ",") + "]"
        case .dictionary(let members):
            "{"
                + members.sorted { $0.key < $1.key }.map { JSONText.quoted($0.key) + ":" + json($0.value) }
                .joined(separator: ",") + "}"
        @unknown default: "null"
        }
    }
}
