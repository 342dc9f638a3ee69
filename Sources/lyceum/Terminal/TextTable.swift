// Tables for the terminal that fit its width.

/// Rows under headings, laid out in columns.
///
/// Cells may hold any text: control characters are made harmless, wide characters are counted as two columns. A table wider
/// than the terminal first shortens its widest texts (`…`), and as a last resort leaves out columns on the right and says so.
struct TextTable: Sendable {
    /// One column's heading and how its cells lean.
    struct Column: Sendable {
        /// The heading.
        var title: String
        /// Words lean left, numbers right.
        var alignment: Alignment

        /// Words.
        static func text(_ title: String) -> Column { Column(title: title, alignment: .left) }
        /// Numbers; shortened only when no text is left to shorten.
        static func number(_ title: String) -> Column { Column(title: title, alignment: .right) }
    }

    /// The columns from left to right.
    var columns: [Column]
    /// The cells of each row; a short row ends in empty cells.
    var rows: [[String]] = []

    /// Between two columns.
    private static let gap = 2
    /// A text column is not shortened below this.
    private static let least = 8

    /// The lines to print: headings, a rule, one line a row.
    ///
    /// - Parameter width: columns of the terminal, or nil for as wide as the cells are.
    func lines(width: Int?, style: Style = .plain) -> [String] {
        let cells = rows.map { row in
            columns.indices.map { index in index < row.count ? Printable.line(row[index]) : "" }
        }
        let titles = columns.map { Printable.line($0.title) }
        let natural = columns.indices.map { index in
            cells.reduce(DisplayWidth.of(titles[index])) { max($0, DisplayWidth.of($1[index])) }
        }
        let widths = width.map { fitted(natural, into: $0) } ?? natural
        var lines = [joined(titles, widths, marked: style.bold)]
        lines.append(style.dim(widths.map { String(repeating: "─", count: $0) }.joined(separator: separator)))
        lines += cells.map { joined($0, widths) }
        let hidden = columns.count - widths.count
        if hidden > 0 {
            let names = titles.suffix(hidden).joined(separator: ", ")
            let note = "\(hidden) more column\(hidden == 1 ? "" : "s"): \(names)"
            lines.append(style.dim(width.map { DisplayWidth.truncated(note, to: $0) } ?? note))
        }
        return lines
    }

    private var separator: String { String(repeating: " ", count: Self.gap) }

    private func joined(_ cells: [String], _ widths: [Int], marked: (String) -> String = { $0 }) -> String {
        let parts = widths.indices.map { index in
            let text = DisplayWidth.truncated(cells[index], to: widths[index])
            return DisplayWidth.padded(text, to: widths[index], alignment: columns[index].alignment)
        }
        var line = parts.joined(separator: separator)
        while line.last == " " { line.removeLast() }
        return marked(line)
    }

    /// The widths of as many columns as fit, from the left.
    private func fitted(_ natural: [Int], into width: Int) -> [Int] {
        for shown in stride(from: natural.count, through: 1, by: -1) {
            let available = width - Self.gap * (shown - 1)
            let wanted = Array(natural.prefix(shown))
            if wanted.reduce(0, +) <= available { return wanted }
            if let widths = shortened(wanted, into: available) { return widths }
        }
        return natural.first.map { [min($0, width)] } ?? []
    }

    /// Shortens the widest text columns to one common width that fits; nil if even the least widths do not.
    private func shortened(_ wanted: [Int], into available: Int) -> [Int]? {
        let texts = wanted.indices.filter { columns[$0].alignment == .left && wanted[$0] > Self.least }
        var excess = wanted.reduce(0, +) - available
        guard texts.reduce(0, { $0 + wanted[$1] - Self.least }) >= excess else { return nil }
        // Lower the ceiling from the widest column down until the excess is gone.
        let ordered = texts.sorted { wanted[$0] > wanted[$1] }
        var widths = wanted
        for (position, index) in ordered.enumerated() {
            let next = position + 1 < ordered.count ? wanted[ordered[position + 1]] : Self.least
            let lowered = position + 1
            let removable = (wanted[index] - next) * lowered
            if removable < excess {
                for column in ordered.prefix(lowered) { widths[column] = next }
                excess -= removable
                continue
            }
            let ceiling = wanted[index] - excess / lowered
            var rest = excess % lowered
            for column in ordered.prefix(lowered) {
                widths[column] = ceiling - (rest > 0 ? 1 : 0)
                rest -= 1
            }
            return widths
        }
        return widths
    }
}
