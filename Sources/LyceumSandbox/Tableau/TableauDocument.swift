// What Tableau answers, as a tree that is written as XML or as JSON. No I/O.

/// An element with attributes and children; in JSON an object with its attributes as members, all of them strings.
struct TableauElement: Sendable, Equatable {
    var name: String
    var attributes: [(name: String, value: String)]
    var children: [TableauElement]
    /// Text between the tags; in JSON the element is then that string.
    var text: String?
    /// Whether the children are a list: in JSON an array under their own name, missing when empty, as at Tableau.
    var isList = false

    init(
        _ name: String,
        _ attributes: [(name: String, value: String)] = [],
        _ children: [TableauElement] = [],
        text: String? = nil,
        isList: Bool = false
    ) {
        self.name = name
        self.attributes = attributes
        self.children = children
        self.text = text
        self.isList = isList
    }

    static func == (left: TableauElement, right: TableauElement) -> Bool { left.xml == right.xml }

    // MARK: XML

    /// The element as XML.
    var xml: String {
        let attributes = attributes.map { " \($0.name)=\"\(Self.escaped($0.value))\"" }.joined()
        let inside = (text.map(Self.escaped) ?? "") + children.map(\.xml).joined()
        return inside.isEmpty ? "<\(name)\(attributes)/>" : "<\(name)\(attributes)>\(inside)</\(name)>"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    // MARK: JSON

    /// What stands after the element's name in JSON.
    var json: String {
        if let text { return Self.quoted(text) }
        if isList {
            guard let first = children.first else { return "{}" }
            return "{\(Self.quoted(first.name)):[\(children.map(\.json).joined(separator: ","))]}"
        }
        let members =
            attributes.map { "\(Self.quoted($0.name)):\(Self.quoted($0.value))" }
            + children.map { "\(Self.quoted($0.name)):\($0.json)" }
        return "{\(members.joined(separator: ","))}"
    }

    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\0"..<" ":
                let code = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - code.count) + code
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

/// A whole answer: elements under `tsResponse`.
struct TableauDocument: Sendable, Equatable {
    var elements: [TableauElement]

    init(_ elements: TableauElement...) { self.elements = elements }

    /// An error in Tableau's form.
    static func error(code: String, summary: String, detail: String) -> TableauDocument {
        TableauDocument(
            TableauElement(
                "error",
                [("code", code)],
                [TableauElement("summary", text: summary), TableauElement("detail", text: detail)]
            )
        )
    }

    /// The answer as an XML document.
    var xml: String {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><tsResponse xmlns=\"http://tableau.com/api\">"
            + elements.map(\.xml).joined() + "</tsResponse>"
    }

    /// The answer as a JSON object.
    var json: String {
        "{" + elements.map { "\(TableauElement.quoted($0.name)):\($0.json)" }.joined(separator: ",") + "}"
    }
}
