// Paths as people would type them here.

import Foundation

/// Shortens paths.
enum PathText {
    /// The path relative to the working folder if it is below it, else whole.
    static func short(_ url: URL) -> String {
        let here = FileManager.default.currentDirectoryPath + "/"
        let path = url.path
        return path.hasPrefix(here) ? String(path.dropFirst(here.count)) : path
    }
}
