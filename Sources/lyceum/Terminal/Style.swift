// Colours and weight, only where a terminal shows them.

/// Marks text with ANSI colours when they are wanted; otherwise leaves it as it is.
struct Style: Sendable {
    /// Whether marks are written at all.
    let isColoured: Bool

    /// Text without any marks, for pipes and files.
    static let plain = Style(isColoured: false)

    /// Headings and what matters most.
    func bold(_ text: String) -> String { marked(text, "1") }
    /// What matters least.
    func dim(_ text: String) -> String { marked(text, "2") }
    /// Success.
    func green(_ text: String) -> String { marked(text, "32") }
    /// Failure.
    func red(_ text: String) -> String { marked(text, "31") }
    /// A warning.
    func yellow(_ text: String) -> String { marked(text, "33") }
    /// Names and addresses to copy.
    func cyan(_ text: String) -> String { marked(text, "36") }

    private func marked(_ text: String, _ code: String) -> String {
        isColoured && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
