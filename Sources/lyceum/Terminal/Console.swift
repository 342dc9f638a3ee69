// The one way out: results and progress on standard output, errors and logs on standard error, never torn.

import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes lines, and keeps the moving bars below them when a person watches.
///
/// Every line goes through here, also those of the log, so that bars are taken away before it and drawn again after it.
final class Console: Sendable {
    /// How results are to be written.
    enum Mode: Sendable {
        /// For people: text, tables, progress.
        case text
        /// For scripts: nothing on standard output but the result.
        case json
    }

    private struct State {
        var board = ProgressBoard()
        var drawn = 0
    }

    /// How results are to be written.
    let mode: Mode
    /// What the user's Ctrl-C does.
    let interruption = Interruption()
    private let environment: [String: String]
    private let state = Mutex(State())
    private let clock = ContinuousClock()
    private let began = ContinuousClock().now

    init(mode: Mode, environment: [String: String] = ProcessInfo.processInfo.environment) {
        self.mode = mode
        self.environment = environment
    }

    /// Standard output as it is now.
    var window: TerminalWindow { .detect(descriptor: STDOUT_FILENO, environment: environment) }

    /// Marks for standard output.
    var style: Style { Style(isColoured: window.isColoured) }

    /// Marks for standard error.
    var errorStyle: Style {
        Style(isColoured: TerminalWindow.detect(descriptor: STDERR_FILENO, environment: environment).isColoured)
    }

    /// Prints a line for people; silent when the result is wanted as JSON.
    func say(_ line: String = "") {
        guard mode == .text else { return }
        state.withLock { state in
            erase(&state)
            write(line + "\n", to: STDOUT_FILENO)
            draw(&state)
        }
    }

    /// Prints several lines for people.
    func say(_ lines: [String]) {
        guard !lines.isEmpty else { return }
        say(lines.joined(separator: "\n"))
    }

    /// Prints a table for people, fitted to the terminal.
    func say(_ table: TextTable) {
        let window = window
        say(table.lines(width: window.columns, style: Style(isColoured: window.isColoured)))
    }

    /// Prints the result itself, whatever the mode.
    func result(_ text: String) {
        state.withLock { state in
            erase(&state)
            write(text + "\n", to: STDOUT_FILENO)
            draw(&state)
        }
    }

    /// Prints on standard error: failures, warnings, the log.
    func complain(_ text: String) {
        state.withLock { state in
            erase(&state)
            write(text + "\n", to: STDERR_FILENO)
            draw(&state)
        }
    }

    /// Shows that something began, moved on or ended.
    func progress(_ event: ProgressEvent) {
        guard mode == .text else { return }
        let window = window
        state.withLock { state in
            let lines = state.board.apply(event, at: now, style: Style(isColoured: window.isColoured))
            guard !lines.isEmpty else { return }
            erase(&state)
            write(lines.map { $0 + "\n" }.joined(), to: STDOUT_FILENO)
            draw(&state)
        }
    }

    /// Runs some work while the bars are kept moving, and takes them away at its end, however it ends.
    func whileShowingProgress<Result: Sendable>(_ work: () async throws -> Result) async rethrows -> Result {
        guard mode == .text else { return try await work() }
        let ticker = Task { [self] in
            while !Task.isCancelled {
                tick()
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
        defer {
            ticker.cancel()
            state.withLock { state in
                erase(&state)
                state.board = ProgressBoard()
            }
        }
        return try await work()
    }

    private var now: Double { began.duration(to: clock.now) / .seconds(1) }

    private func tick() {
        let isInteractive = window.isInteractive
        state.withLock { state in
            if isInteractive {
                erase(&state)
                draw(&state)
            } else {
                let lines = state.board.overdue(at: now)
                if !lines.isEmpty { write(lines.map { $0 + "\n" }.joined(), to: STDOUT_FILENO) }
            }
        }
    }

    private func erase(_ state: inout State) {
        guard state.drawn > 0 else { return }
        // Up over the bars, then clear to the end of the screen.
        write("\u{1B}[\(state.drawn)A\r\u{1B}[J", to: STDOUT_FILENO)
        state.drawn = 0
    }

    private func draw(_ state: inout State) {
        let window = window
        guard mode == .text, window.isInteractive, let columns = window.columns else { return }
        let rows = min(12, window.rows - 2)
        let style = Style(isColoured: window.isColoured)
        let bars = state.board.bars(at: now, columns: columns, rows: rows, style: style)
        guard !bars.isEmpty else { return }
        write(bars.map { $0 + "\n" }.joined(), to: STDOUT_FILENO)
        state.drawn = bars.count
    }

    /// Writes all of a text; a reader that went away (`| head`) ends the writing silently, as SIGPIPE would.
    private func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                #if canImport(Darwin)
                    let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
                #elseif canImport(Musl)
                    let count = Musl.write(descriptor, rest.baseAddress, rest.count)
                #else
                    let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                #endif
                if count < 0 {
                    if errno == EINTR { continue }
                    return
                }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            }
        }
    }
}
