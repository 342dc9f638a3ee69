// The templates of the pages, and how they are filled in.

import Foundation
import Mustache

/// The templates that come with the program.
struct PageTemplates: Sendable {
    /// The file names without their ending; each may be part of another.
    static let names = [
        "layout", "marked", "chips", "card", "cards", "facet-value", "search", "student", "job", "job-students",
        "course",
        "runs", "run", "disclosures", "sign-in", "purpose", "problem", "documentation", "sentence",
    ]

    private let library: MustacheLibrary

    /// Reads the templates from a folder, by default the one that comes with the program.
    ///
    /// - Throws: ``ServerError`` with code `resource_missing`, also for one that is no template.
    init(folder: URL? = nil) throws {
        let folder = folder ?? Bundle.module.bundleURL.appending(path: "Pages/Templates")
        MustacheContentTypes.register(PageEscaping(), named: PageEscaping.name)
        var templates: [String: MustacheTemplate] = [:]
        for name in Self.names {
            let url = folder.appending(path: "\(name).mustache")
            do {
                let text = try String(contentsOf: url, encoding: .utf8)
                // Said in each file anew: the library's own escaping comes back at the border of every one.
                templates[name] = try MustacheTemplate(string: "{{% CONTENT_TYPE:\(PageEscaping.name)}}\n" + text)
            } catch {
                throw ServerError(
                    .resourceMissing,
                    "the template \(name) cannot be read; keep the .resources folders beside the executable",
                    location: url.path,
                    cause: error
                )
            }
        }
        library = MustacheLibrary(templates: templates)
    }

    /// A filled-in template; nil when there is none of that name.
    func text(_ name: String, _ fields: PageFields) -> String? {
        library.render(fields, withTemplate: name)
    }
}

/// Escapes text for HTML by its bytes.
///
/// The library does it by characters, as people see them, and so leaves a quotation mark alone that a combining accent
/// follows: enough to end an attribute.
struct PageEscaping: MustacheContentType {
    static let name = "PAGE"

    func escapeText(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += Array("&amp;".utf8)
            case UInt8(ascii: "<"): bytes += Array("&lt;".utf8)
            case UInt8(ascii: ">"): bytes += Array("&gt;".utf8)
            case UInt8(ascii: "\""): bytes += Array("&quot;".utf8)
            case UInt8(ascii: "'"): bytes += Array("&#39;".utf8)
            case UInt8(ascii: "`"): bytes += Array("&#96;".utf8)
            // No control character belongs into a page; U+0000 is an error in HTML.
            case 0..<0x20 where byte != 0x09 && byte != 0x0A && byte != 0x0D: bytes += Array("\u{FFFD}".utf8)
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
