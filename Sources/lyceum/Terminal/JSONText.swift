// Results for scripts: one JSON object on one line.

import Foundation

/// Encodes results as JSON: keys sorted, slashes as they are, times as ISO 8601.
enum JSONText {
    /// The value on one line. A value that JSON cannot hold (a number that is not finite) becomes an error object.
    static func line(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity",
            negativeInfinity: "-Infinity",
            nan: "NaN"
        )
        guard let data = try? encoder.encode(value) else {
            return #"{"error":{"code":"encoding","message":"the result could not be written as JSON"}}"#
        }
        return String(decoding: data, as: UTF8.self)
    }
}
