// The small XML documents that S3 and the token service answer with.

import Foundation
import NIOCore
import NIOFoundationCompat

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// A document as a flat list of the texts of its leaves, in order. External entities are not loaded.
struct XMLAnswer {
    /// An element without children: the names on the way to it, and its text.
    struct Leaf: Hashable {
        var path: [String]
        /// The number of each element on the way, counted through the document.
        var elements: [Int]
        var text: String
    }

    let leaves: [Leaf]

    /// - Throws: ``AWSError`` with code `malformed`.
    init(_ body: ByteBuffer, at location: String) throws {
        let parser = XMLParser(data: Data(buffer: body))
        parser.shouldResolveExternalEntities = false
        let reader = Reader()
        parser.delegate = reader
        guard parser.parse() else {
            throw AWSError(.malformed, "the answer is not XML", location: location, cause: parser.parserError)
        }
        leaves = reader.leaves
    }

    /// The text of the first leaf with a name.
    func first(_ name: String) -> String? { leaves.first { $0.path.last == name }?.text }

    /// The leaves of each element with a name, by their names.
    func records(_ name: String) -> [[String: String]] {
        var records: [[String: String]] = []
        var element: Int?
        for leaf in leaves {
            guard let at = leaf.path.firstIndex(of: name), at < leaf.path.count - 1 else { continue }
            if leaf.elements[at] != element {
                element = leaf.elements[at]
                records.append([:])
            }
            records[records.count - 1][leaf.path[leaf.path.count - 1]] = leaf.text
        }
        return records
    }

    private final class Reader: NSObject, XMLParserDelegate {
        var leaves: [Leaf] = []
        private var path: [String] = []
        private var elements: [Int] = []
        private var count = 0
        private var text = ""
        private var isLeaf = false

        func parser(
            _ parser: XMLParser,
            didStartElement name: String,
            namespaceURI: String?,
            qualifiedName: String?,
            attributes: [String: String]
        ) {
            path.append(name)
            elements.append(count)
            count += 1
            text = ""
            isLeaf = true
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

        func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
            if isLeaf { leaves.append(Leaf(path: path, elements: elements, text: text)) }
            isLeaf = false
            path.removeLast()
            elements.removeLast()
        }
    }
}
