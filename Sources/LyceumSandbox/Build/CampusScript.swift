// Reads the SQL that makes a campus: plain statements, and blocks that each make and count one fault.

/// One fault: the statement that makes it, none if the real data has it already, and the query that counts it.
struct DirtStep: Sendable, Equatable {
    let table: String
    let kind: String
    let meaning: String
    let change: String?
    let count: String
}

/// SQL text cut into statements.
enum CampusScript {
    /// The statements of a file: each ends with a semicolon at a line's end; lines that start with `--` are comments.
    static func statements(_ text: String) -> [String] {
        var statements: [String] = []
        var lines: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
            if line.hasPrefix("--") { continue }
            guard line.hasSuffix(";") else {
                lines.append(line)
                continue
            }
            lines.append(line.dropLast())
            statements.append(lines.joined(separator: "\n"))
            lines.removeAll(keepingCapacity: true)
        }
        if !lines.isEmpty { statements.append(lines.joined(separator: "\n")) }
        return statements
    }

    /// The faults of a file: blocks that start with `-- dirt: table | kind | meaning`.
    ///
    /// - Throws: ``SandboxError`` for a header without its three parts, or a block without one or two statements.
    static func dirtSteps(_ text: String, file: String) throws(SandboxError) -> [DirtStep] {
        let marker = "-- dirt: "
        var steps: [DirtStep] = []
        var header: Substring?
        var body: [Substring] = []
        func finish() throws(SandboxError) {
            defer { body.removeAll() }
            guard let header else { return }
            let parts = header.dropFirst(marker.count).split(separator: " | ", maxSplits: 2).map(String.init)
            let statements = statements(body.joined(separator: "\n"))
            guard parts.count == 3, let count = statements.last, statements.count <= 2 else {
                throw SandboxError(.resources, "not a fault: \(header)", location: file)
            }
            let change = statements.count == 2 ? statements[0] : nil
            steps.append(DirtStep(table: parts[0], kind: parts[1], meaning: parts[2], change: change, count: count))
        }
        for line in text.split(separator: "\n") {
            if line.hasPrefix(marker) {
                try finish()
                header = line
            } else {
                body.append(line)
            }
        }
        try finish()
        return steps
    }
}
