// A run's events as progress: one bar a source table, one a model, one a collection of the index.

import LyceumPipeline

/// Translates what the pipeline tells into what the console shows.
enum RunProgress {
    /// The progress that an event means, in order.
    static func events(for event: RunEvent) -> [ProgressEvent] {
        switch event {
        case .started(let run):
            return [.note("run \(run)")]
        case .extracting(let source, let table, let rows):
            let name = "\(source).\(table)"
            return [
                .started(name: name, stage: "extract", total: nil),
                .advanced(name: name, done: rows, total: nil),
            ]
        case .extracted(let source, let table, let counts, _):
            let name = "\(source).\(table)"
            return [
                .started(name: name, stage: "extract", total: nil),
                .finished(name: name, detail: extracted(counts.rowsIn, counts.rowsOut, counts.quarantined)),
            ]
        case .notice(let text):
            return [.remark(text)]
        case .building(let table, let zone):
            return [.started(name: "\(zone.rawValue).\(table)", stage: "build", total: nil)]
        case .buildStep(let table, let zone, let step, let tasks):
            let name = "\(zone.rawValue).\(table)"
            guard let tasks else { return [.entered(name: name, step: step.rawValue)] }
            let (done, total) = (HumanNumbers.count(Int64(tasks.done)), HumanNumbers.count(Int64(tasks.total)))
            return [
                .entered(name: name, step: "\(step.rawValue), \(done) of \(total) task\(tasks.total == 1 ? "" : "s")")
            ]
        case .built(let outcome):
            let name = "\(outcome.zone.rawValue).\(outcome.table)"
            switch outcome.status {
            case .built: return [.finished(name: name, detail: built(outcome))]
            // Most tables of most runs; the summary counts them.
            case .unchanged, .skipped: return [.dropped(name: name)]
            }
        case .publishing(let tables):
            guard tables > 0 else { return [] }
            return [.note("publishing \(tables) table\(tables == 1 ? "" : "s")")]
        case .indexing(let collection, let documents):
            return [
                .started(name: collection, stage: "index", total: nil),
                .advanced(name: collection, done: Int64(documents), total: nil),
            ]
        case .indexed(let summary):
            guard summary.rebuilt else { return [] }
            return [("students", summary.students), ("jobs", summary.jobs), ("courses", summary.courses)].map {
                .finished(name: $0.0, detail: "\(HumanNumbers.count($0.1)) documents")
            }
        }
    }

    private static func extracted(_ read: Int64, _ new: Int64, _ quarantined: Int64) -> String {
        var text = new == 0 ? "nothing new" : "\(HumanNumbers.count(new)) new"
        text += " of \(HumanNumbers.count(read)) read"
        if quarantined > 0 { text += ", \(HumanNumbers.count(quarantined)) unreadable" }
        return text
    }

    private static func built(_ outcome: TableOutcome) -> String {
        var text = "\(HumanNumbers.count(outcome.counts.rowsOut)) rows"
        if outcome.counts.quarantined > 0 { text += ", \(HumanNumbers.count(outcome.counts.quarantined)) quarantined" }
        if outcome.counts.deduplicated > 0 {
            text += ", \(HumanNumbers.count(outcome.counts.deduplicated)) de-duplicated"
        }
        return text
    }
}

extension Console {
    /// Shows an event of a run.
    func progress(_ event: RunEvent) {
        for event in RunProgress.events(for: event) { progress(event) }
    }
}
