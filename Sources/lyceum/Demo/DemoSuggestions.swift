// What to try next, with names and numbers that are really in the data.

import Foundation
import LyceumSearch

/// The commands that the demo ends with.
struct DemoSuggestions {
    /// The commands, to be pasted as they are.
    let commands: [String]

    /// Looks for a student with skills and recommendations worth showing.
    init(snapshots: SnapshotStore, program: String, config: String) throws {
        let snapshot = try snapshots.snapshot()
        let student = try snapshot.collection("students")?
            .search(SearchRequest(sort: [SortKey("-performance_score")], limit: 50)).hits
            .max { Self.skills($0.document) < Self.skills($1.document) }
        let at = "--config \(Self.shell(config))"
        commands =
            [#"\#(Self.shell(program)) search jobs "data engineer" --limit 5 \#(at)"#]
            + (student.map { ["\(Self.shell(program)) recommend jobs \(Self.shell($0.id)) \(at)"] } ?? [])
            + [
                #"\#(Self.shell(program)) sql "select academic_info.program, count(*) as students "#
                    + #"from curated.student_profile group by 1 order by 2 desc limit 5" \#(at)"#
            ]
    }

    private static func skills(_ document: Data) -> Int {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: document),
            case .list(let skills) = value["skills"]
        else { return 0 }
        return skills.count
    }

    /// A word as a shell takes it.
    static func shell(_ word: String) -> String {
        let safe = word.utf8.allSatisfy { byte in
            (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A)
                || "/._-+=:,@%".utf8.contains(byte)
        }
        return safe && !word.isEmpty ? word : "'" + word.replacing("'", with: #"'\''"#) + "'"
    }
}
