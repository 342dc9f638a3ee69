// The documentation page, made of the OpenAPI document.

import Foundation

/// What the documentation page says, read from the OpenAPI document once.
struct Documentation: Sendable {
    /// The fields of its template.
    let fields: PageFields

    private static let methods = ["get", "post", "put", "patch", "delete"]

    /// - Throws: an error of Foundation's when the document is no JSON.
    init(openAPI: Data) throws {
        let document = try StoredDocument(openAPI)
        let reader = Reader(document: document)
        var fields = PageFields(["summary": document.text("info.summary"), "version": document.text("info.version")])
        fields.set("about", Self.sentences(document.text("info.description")))

        var operations: [String: [PageFields]] = [:]
        let paths = document.value("paths") as? [String: [String: Any]] ?? [:]
        for path in paths.keys.sorted() {
            for method in Self.methods {
                guard let members = paths[path]?[method] as? [String: Any] else { continue }
                let operation = StoredDocument(members: members)
                let shared = paths[path]?["parameters"] as? [[String: Any]] ?? []
                operations[operation.texts("tags").first ?? "", default: []]
                    .append(reader.operation(method, path, operation, shared))
            }
        }
        let described = document.objects("tags").map { ($0.text("name") ?? "", $0.text("description")) }
        let others = operations.keys.filter { name in !described.contains { $0.0 == name } }.sorted().map {
            ($0, nil as String?)
        }
        fields.set(
            "groups",
            (described + others).compactMap { name, description in
                guard let list = operations[name] else { return nil }
                var group = PageFields(["anchor": "group-\(Self.anchor(name))", "group": PageText.title(name)])
                group.set("description", Self.sentences(description))
                group.set("operations", list)
                return group
            }
        )
        let schemas = document.value("components.schemas") as? [String: [String: Any]] ?? [:]
        fields.set(
            "schemas",
            schemas.keys.sorted().map { reader.schema($0, StoredDocument(members: schemas[$0] ?? [:])) }
        )
        self.fields = fields
    }

    /// A text in which backticks set code apart, as its parts.
    static func sentences(_ text: String?) -> [PageFields] {
        guard let text else { return [] }
        return text.split(separator: "`", omittingEmptySubsequences: false).enumerated().compactMap { index, piece in
            guard !piece.isEmpty else { return nil }
            var part = PageFields(["text": String(piece)])
            part.set("is_code", !index.isMultiple(of: 2))
            return part
        }
    }

    /// A text as part of an address on the page.
    static func anchor(_ text: String) -> String {
        String(text.map { $0.isLetter || $0.isNumber ? $0 : "-" }).lowercased()
    }

    /// Reads parts of the document, with what they refer to.
    private struct Reader {
        let document: StoredDocument

        func operation(
            _ method: String,
            _ path: String,
            _ operation: StoredDocument,
            _ shared: [[String: Any]]
        ) -> PageFields {
            var fields = PageFields([
                "method": method.uppercased(), "path": path, "title": operation.text("summary"),
                "anchor": Documentation.anchor(operation.text("operationId") ?? "\(method)-\(path)"),
            ])
            fields.set("description", Documentation.sentences(operation.text("description")))
            let isOpen = (operation.value("security") as? [Any])?.isEmpty ?? false
            fields.set("needs_credential", !isOpen)
            fields.set(
                "parameters",
                (shared + (operation.value("parameters") as? [[String: Any]] ?? [])).map(parameter)
            )
            let body = operation.object("requestBody").map(resolved)
            fields.set("body", body.flatMap { media($0) })
            fields.set("example", body.flatMap { example($0) })
            let responses = operation.value("responses") as? [String: [String: Any]] ?? [:]
            fields.set(
                "responses",
                responses.keys.sorted().map { status in
                    let response = resolved(StoredDocument(members: responses[status] ?? [:]))
                    var row = PageFields(["status": status == "default" ? "other" : status])
                    row.set("description", Documentation.sentences(response.text("description")))
                    row.set("media", media(response))
                    return row
                }
            )
            return fields
        }

        func schema(_ name: String, _ schema: StoredDocument) -> PageFields {
            var fields = PageFields(["name": name, "anchor": "schema-\(Documentation.anchor(name))"])
            fields.set("description", Documentation.sentences(schema.text("description")))
            let required = Set(schema.texts("required"))
            let properties = schema.value("properties") as? [String: Any] ?? [:]
            fields.set(
                "properties",
                properties.keys.sorted().map { key in
                    let property = StoredDocument(members: properties[key] as? [String: Any] ?? [:])
                    var row = PageFields(["name": key, "type": type(property)])
                    row.set("is_required", required.contains(key))
                    row.set("description", Documentation.sentences(resolved(property).text("description")))
                    return row
                }
            )
            return fields
        }

        private func parameter(_ members: [String: Any]) -> PageFields {
            let parameter = resolved(StoredDocument(members: members))
            var row = PageFields([
                "name": parameter.text("name"), "place": parameter.text("in"),
                "type": parameter.object("schema").map(type),
            ])
            row.set("is_required", parameter.value("required") as? Bool ?? false)
            row.set("description", Documentation.sentences(parameter.text("description")))
            return row
        }

        /// What a body or answer is: its media types and the names of their schemas.
        private func media(_ body: StoredDocument) -> PageFields? {
            guard let content = body.value("content") as? [String: [String: Any]],
                let name = content.keys.sorted().first
            else { return nil }
            let schema = StoredDocument(members: content[name] ?? [:]).object("schema")
            let names = schema.map(references) ?? []
            var fields = PageFields(["media_type": name])
            fields.set(
                "schemas_named",
                names.map { PageFields(["name": $0, "href": "#schema-\(Documentation.anchor($0))"]) }
            )
            return fields
        }

        private func example(_ body: StoredDocument) -> String? {
            guard let content = body.value("content") as? [String: [String: Any]],
                let example = content.values.compactMap({ $0["example"] }).first,
                let data = try? JSONSerialization.data(
                    withJSONObject: example,
                    options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed]
                )
            else { return nil }
            return String(decoding: data, as: UTF8.self)
        }

        /// The names of schemas that one is made of.
        private func references(_ schema: StoredDocument) -> [String] {
            let own = name(schema).map { [$0] } ?? []
            let parts =
                ["allOf", "oneOf", "anyOf"].flatMap { schema.objects($0) } + [schema.object("items")].compactMap { $0 }
            return own + parts.flatMap(references)
        }

        private func name(_ part: StoredDocument) -> String? {
            guard let reference = part.members["$ref"] as? String else { return nil }
            return reference.split(separator: "/").last.map(String.init)
        }

        private func type(_ schema: StoredDocument) -> String {
            if let name = name(schema) { return name }
            if let choices = schema.value("enum") as? [Any] {
                return choices.map { "\($0)" }.joined(separator: ", ")
            }
            let types = schema.texts("type").filter { $0 != "null" }.map { $0 == "array" ? "list" : $0 }
            var text = types.joined(separator: " or ")
            if let items = schema.object("items") {
                let of = type(items)
                if !of.isEmpty { text += " of \(of)" }
            }
            let bounds = [("minimum", "from"), ("maximum", "to"), ("maxLength", "at most"), ("maxItems", "at most")]
            let limits = bounds.compactMap { key, word in schema.text(key).map { "\(word) \($0)" } }
            return ([text] + limits).filter { !$0.isEmpty }.joined(separator: ", ")
        }

        /// What a `$ref` refers to within the document, or the part itself.
        private func resolved(_ part: StoredDocument) -> StoredDocument {
            guard let reference = part.members["$ref"] as? String, reference.hasPrefix("#/") else { return part }
            return document.object(String(reference.dropFirst(2).replacing("/", with: "."))) ?? part
        }
    }
}
