// Which files of a table are merged with which.

import Foundation
import LyceumLake

/// Groups of small files, each to become one file.
///
/// Files are merged within one source. A day's files stay apart from another day's while the month lasts; once it is
/// over its days are merged too, and the file stands under the last of them: a reader that asks for `dt` from some day on
/// still finds every row that landed since. Rows keep their own `_run_id` and `_extracted_at`.
struct CompactionPlan: Sendable {
    /// The files of each group, by path; at least two.
    let groups: [[LakeFile]]

    /// How many files would be merged.
    var files: Int { groups.reduce(0) { $0 + $1.count } }

    /// Plans the merges of one table's current files.
    ///
    /// Files of at least half the target stay as they are, so that a large one is not written again for each small one
    /// that joins it.
    /// - Parameters:
    ///   - target: the size in bytes that no group exceeds.
    ///   - today: the current day, `YYYY-MM-DD`.
    init(_ files: [LakeFile], target: Int64, today: String) {
        var places: [String: [LakeFile]] = [:]
        for file in files where file.bytes < target / 2 {
            // A table that somebody partitions further is left to them.
            guard file.path.partitions.allSatisfy({ $0.key == "source" || $0.key == "dt" }) else { continue }
            places[Self.place(of: file, today: today), default: []].append(file)
        }
        var groups: [[LakeFile]] = []
        for place in places.keys.sorted() {
            var group: [LakeFile] = []
            var bytes: Int64 = 0
            for file in (places[place] ?? []).sorted(by: { $0.path.description < $1.path.description }) {
                if bytes + file.bytes > target, !group.isEmpty {
                    groups.append(group)
                    (group, bytes) = ([], 0)
                }
                group.append(file)
                bytes += file.bytes
            }
            groups.append(group)
        }
        self.groups = groups.filter { $0.count > 1 }
    }

    private static func place(of file: LakeFile, today: String) -> String {
        let day = file.day ?? ""
        let isOver = day.prefix(7) < today.prefix(7)
        return "\(file.source ?? "")/\(isOver ? String(day.prefix(7)) : day)"
    }
}
