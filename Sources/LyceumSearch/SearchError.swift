// The one error type of the search room.

/// What went wrong in search, said so that the reader can act on it.
public struct SearchError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure; new kinds may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The kind's stable name, as it appears in logs and responses.
        public let description: String

        /// A filter that cannot be read; `location` is its 1-based character position.
        public static let invalidFilter = Code(description: "invalid_filter")
        /// A filter, sort or facet that names a field the collection does not have.
        public static let unknownField = Code(description: "unknown_field")
        /// A place that the gazetteer does not know.
        public static let unknownPlace = Code(description: "unknown_place")
        /// A request that asks for something out of range or contradictory.
        public static let invalidRequest = Code(description: "invalid_request")
        /// A cursor that is not one of ours, or belongs to another query or snapshot.
        public static let invalidCursor = Code(description: "invalid_cursor")
        /// A document that does not fit its schema.
        public static let invalidDocument = Code(description: "invalid_document")
        /// A schema that contradicts itself.
        public static let invalidSchema = Code(description: "invalid_schema")
        /// Two documents of one collection with the same id.
        public static let duplicateDocument = Code(description: "duplicate_document")
        /// There is no published snapshot where one was looked for.
        public static let noSnapshot = Code(description: "no_snapshot")
        /// A snapshot whose files are not what was written.
        public static let damagedSnapshot = Code(description: "damaged_snapshot")
        /// A log of live changes that is not what was written.
        public static let damagedLog = Code(description: "damaged_log")
        /// Another process writes live changes to this index folder.
        public static let locked = Code(description: "locked")
        /// A snapshot written by another version of the format.
        public static let unsupportedFormat = Code(description: "unsupported_format")
        /// A snapshot whose vectors came from an embedding model that is not at hand.
        public static let modelMismatch = Code(description: "model_mismatch")
        /// An embedding model file that is not what was written.
        public static let damagedModel = Code(description: "damaged_model")
        /// A snapshot version that exists already.
        public static let versionExists = Code(description: "version_exists")
        /// A document that the collection does not have.
        public static let documentNotFound = Code(description: "document_not_found")
        /// A student that the snapshot does not have.
        public static let studentNotFound = Code(description: "student_not_found")
        /// A job that the snapshot does not have.
        public static let jobNotFound = Code(description: "job_not_found")
        /// A collection that the snapshot does not have.
        public static let collectionMissing = Code(description: "collection_missing")
        /// The file system refused.
        public static let io = Code(description: "io")
    }

    /// The kind of failure.
    public let code: Code
    /// What happened, to what, and what to do about it.
    public let message: String
    /// The error underneath, when there is one.
    public let cause: (any Error)?
    /// Where: a file, a document, or `filter:<position>`.
    public let location: String?

    /// Makes an error.
    public init(_ code: Code, _ message: String, location: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.location = location
        self.cause = cause
    }

    /// Whether the request was at fault rather than the snapshot or the machine.
    public var isCallersFault: Bool {
        [.invalidFilter, .unknownField, .unknownPlace, .invalidRequest, .invalidCursor].contains(code)
    }

    /// Code, message, location and cause in one line.
    public var description: String {
        var text = "\(code): \(message)"
        if let location { text += " [\(location)]" }
        if let cause { text += " (\(cause))" }
        return text
    }
}
