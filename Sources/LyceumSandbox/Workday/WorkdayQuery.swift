// A small part of WQL: which members of which records. No I/O.

/// `SELECT member [AS name], … FROM dataSource`: what the sandbox understands of WQL.
struct WorkdayQuery: Sendable, Equatable {
    /// A selected member.
    struct Column: Sendable, Equatable {
        var member: String
        var name: String
    }

    var columns: [Column]
    var dataSource: String

    /// What cannot be read.
    struct Fault: Error, Equatable {
        let reason: String
    }

    /// Reads a query.
    init(_ text: String) throws(Fault) {
        var words = text.replacing(",", with: " , ").split(whereSeparator: \.isWhitespace)[...]
        func isWord(_ word: Substring, _ wanted: String) -> Bool { word.lowercased() == wanted }
        guard let first = words.popFirst(), isWord(first, "select") else { throw Fault(reason: "SELECT is missing") }
        var columns: [Column] = []
        while true {
            guard let member = words.popFirst(), Self.isName(member) else {
                throw Fault(reason: "the name of a field is missing after SELECT or a comma")
            }
            var column = Column(member: String(member), name: String(member))
            if let word = words.first, isWord(word, "as") {
                words.removeFirst()
                guard let name = words.popFirst(), Self.isName(name) else {
                    throw Fault(reason: "a name is missing after AS")
                }
                column.name = String(name)
            }
            columns.append(column)
            guard let word = words.popFirst() else { throw Fault(reason: "FROM is missing") }
            if isWord(word, "from") { break }
            guard word == "," else { throw Fault(reason: "a comma or FROM is missing before '\(word)'") }
        }
        guard let source = words.popFirst(), Self.isName(source) else {
            throw Fault(reason: "the data source is missing after FROM")
        }
        guard words.isEmpty else { throw Fault(reason: "the sandbox reads no '\(words.first ?? "")' in WQL") }
        self.columns = columns
        dataSource = String(source)
    }

    private static func isName(_ word: Substring) -> Bool {
        !["select", "from", "as"].contains(word.lowercased())
            && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    }
}
