// The files that belong to the program: style, script, icon, OpenAPI document.

import Foundation
import LyceumCore

/// The page files in memory, so that no request ever reaches the file system.
struct PageStore: Sendable {
    struct File: Sendable {
        let data: Data
        let contentType: String
        /// A strong entity tag made of the content's hash.
        let tag: String
    }

    private let files: [String: File]

    /// The paths served, with the resource file behind each.
    static let paths: [(path: String, file: String, contentType: String)] = [
        ("/assets/app.css", "app.css", "text/css; charset=utf-8"),
        ("/assets/app.js", "app.js", "text/javascript; charset=utf-8"),
        ("/favicon.svg", "favicon.svg", "image/svg+xml"),
        ("/openapi.json", "openapi.json", "application/json"),
    ]

    /// Reads the files from a folder, by default the one that comes with the program.
    ///
    /// - Throws: ``ServerError`` with code `resource_missing`.
    init(folder: URL? = nil) throws {
        let folder = folder ?? Bundle.module.bundleURL.appending(path: "Pages")
        var files: [String: File] = [:]
        for (path, name, contentType) in Self.paths {
            let url = folder.appending(path: name)
            guard let data = try? Data(contentsOf: url) else {
                throw ServerError(
                    .resourceMissing,
                    "the page file \(name) is missing; keep the .resources folders beside the executable",
                    location: url.path
                )
            }
            let hash = ContentHash.of(String(decoding: data, as: UTF8.self)).prefix(32)
            files[path] = File(data: data, contentType: contentType, tag: "\"\(hash)\"")
        }
        self.files = files
    }

    subscript(path path: String) -> File? { files[path] }
}
