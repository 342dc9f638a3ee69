// The state of everything that is under way, and the lines that show it. Values only: no clock, no terminal.

/// Something that happened to a piece of work that is shown to the user.
enum ProgressEvent: Sendable, Equatable {
    /// A piece of work began; `total` is how many units it has, if that is known. Told again, it changes nothing.
    case started(name: String, stage: String, total: Int64?)
    /// It came to `done` units so far; a total may have become known.
    case advanced(name: String, done: Int64, total: Int64?)
    /// It came to a part of it that has a name and no count.
    case entered(name: String, step: String)
    /// It ended well; `detail` says what came of it.
    case finished(name: String, detail: String)
    /// It was not needed; `detail` says why.
    case skipped(name: String, detail: String)
    /// It turned out to be nothing worth a line.
    case dropped(name: String)
    /// It failed; the error itself is reported by the command.
    case failed(name: String)
    /// Something worth a line of its own.
    case note(String)
    /// The same, but of less interest.
    case remark(String)
}

/// Pieces of work by name: those that ended become lines that stay, those under way become bars that move.
struct ProgressBoard: Sendable {
    /// One piece of work under way.
    private struct Item: Sendable {
        var name: String
        var stage: String
        var done: Int64
        var total: Int64?
        var step: String?
        var startedAt: Double
        var reportedAt: Double
    }

    private var active: [Item] = []
    private let spinner: [String] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
    /// In a pipe, how many seconds a piece of work stays silent before a line says how far it is.
    private static let patience = 10.0

    /// Takes an event in and returns the lines that are to stay on the screen because of it.
    ///
    /// - Parameter now: seconds on any clock that does not go backwards.
    mutating func apply(_ event: ProgressEvent, at now: Double, style: Style) -> [String] {
        switch event {
        case .started(let name, let stage, let total):
            guard !active.contains(where: { $0.name == name }) else { return [] }
            active.append(Item(name: name, stage: stage, done: 0, total: total, startedAt: now, reportedAt: now))
            return []
        case .advanced(let name, let done, let total):
            guard let index = active.firstIndex(where: { $0.name == name }) else { return [] }
            active[index].done = done
            if let total { active[index].total = total }
            return []
        case .entered(let name, let step):
            if let index = active.firstIndex(where: { $0.name == name }) { active[index].step = step }
            return []
        case .finished(let name, let detail):
            return [ended(name, mark: style.green("✓"), detail: detail, at: now, style: style)]
        case .skipped(let name, let detail):
            return [ended(name, mark: style.dim("·"), detail: detail, at: now, style: style)]
        case .dropped(let name):
            active.removeAll { $0.name == name }
            return []
        case .failed(let name):
            return [ended(name, mark: style.red("✗"), detail: "failed", at: now, style: style)]
        case .note(let text):
            return [Printable.line(text)]
        case .remark(let text):
            return [style.dim("  " + Printable.line(text))]
        }
    }

    /// Lines for a pipe about work that has been silent for long; each call that returns one starts the wait anew.
    mutating func overdue(at now: Double) -> [String] {
        var lines: [String] = []
        for index in active.indices where now - active[index].reportedAt >= Self.patience {
            active[index].reportedAt = now
            let item = active[index]
            let elapsed = HumanNumbers.duration(now - item.startedAt)
            lines.append(
                "  \(label(item)): \(amount(item))\(item.step == nil ? " after \(elapsed)" : ", \(elapsed) so far")"
            )
        }
        return lines
    }

    /// The bars of the work under way, each cut to one line, at most `rows` of them.
    func bars(at now: Double, columns: Int, rows: Int, style: Style) -> [String] {
        guard rows > 0, !active.isEmpty else { return [] }
        let fits = active.count <= rows ? active.count : rows - 1
        let names = active.prefix(fits).map { DisplayWidth.of(label($0)) }.max() ?? 0
        let nameColumns = min(names, max(10, columns / 3))
        var lines = active.prefix(fits).map {
            bar($0, at: now, columns: columns, nameColumns: nameColumns, style: style)
        }
        if fits < active.count { lines.append(style.dim("  … \(active.count - fits) more under way")) }
        return lines
    }

    private func bar(_ item: Item, at now: Double, columns: Int, nameColumns: Int, style: Style) -> String {
        let turn = Int((now - item.startedAt) * 10) % spinner.count
        let name = DisplayWidth.padded(DisplayWidth.truncated(label(item), to: nameColumns), to: nameColumns)
        let elapsed = HumanNumbers.duration((now - item.startedAt).rounded(.down))
        let tail = "\(amount(item))  \(elapsed)"
        let room = columns - 1 - (2 + nameColumns + 2) - (DisplayWidth.of(tail) + 2)
        var line = "\(style.cyan(spinner[max(0, turn)])) \(name)  "
        if let total = item.total, total > 0, room >= 8 {
            line +=
                style.cyan(ProgressBar.text(fraction: Double(item.done) / Double(total), columns: min(room, 30))) + "  "
        }
        let used = 2 + nameColumns + 2
        return line + DisplayWidth.truncated(tail, to: max(1, columns - 1 - used))
    }

    private func amount(_ item: Item) -> String {
        if let step = item.step { return Printable.line(step) }
        guard let total = item.total, total > 0 else { return HumanNumbers.count(item.done) }
        return "\(HumanNumbers.count(item.done)) of \(HumanNumbers.count(total))"
    }

    private func label(_ item: Item) -> String {
        Printable.line(item.stage.isEmpty ? item.name : "\(item.stage) \(item.name)")
    }

    private mutating func ended(_ name: String, mark: String, detail: String, at now: Double, style: Style) -> String {
        guard let index = active.firstIndex(where: { $0.name == name }) else {
            return "\(mark) \(Printable.line(name))  \(Printable.line(detail))"
        }
        let item = active.remove(at: index)
        let elapsed = style.dim(HumanNumbers.duration(now - item.startedAt))
        let title = DisplayWidth.padded(label(item), to: 42)
        return "\(mark) \(title)  \(Printable.line(detail))  \(elapsed)"
    }
}
