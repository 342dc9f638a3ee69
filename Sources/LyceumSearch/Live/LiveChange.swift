// One change to a live collection.

/// A document put into a collection or taken out of it.
public enum LiveChange: Sendable, Hashable {
    /// Adds a document, or replaces the one with the same id: one JSON object on one line, as it is served.
    case upsert(collection: String, json: String)
    /// Takes out the document with this id; no change when there is none.
    case delete(collection: String, id: String)

    /// The collection's name.
    public var collection: String {
        switch self {
        case .upsert(let collection, _), .delete(let collection, _): collection
        }
    }
}

/// A change and its place in the log.
struct LoggedChange: Sendable, Hashable {
    var sequence: UInt64
    var change: LiveChange
}
