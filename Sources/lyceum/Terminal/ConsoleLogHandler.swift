// The log on a terminal: one plain line an event, out of the way of the progress bars.

import Logging
import LyceumCore

/// Writes log events to the console's standard error.
struct ConsoleLogHandler: LogHandler {
    let console: Console
    var logLevel: Logger.Level = .warning
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(console: Console) { self.console = console }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let told = metadata.merging(metadataProvider?.get() ?? [:]) { _, new in new }
            .merging(event.metadata ?? [:]) { _, new in new }
        let pairs = told.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        let mark = console.errorStyle.dim("\(event.level)")
        console.complain("\(mark) \(Printable.line("\(event.message)\(pairs)"))")
    }
}
