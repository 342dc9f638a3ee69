// What is at the other end of a stream: a terminal of some size, or a pipe or file.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the program knows about where its output goes.
struct TerminalWindow: Sendable, Equatable {
    /// Whether a person watches: the stream is a terminal that can move its cursor.
    var isInteractive: Bool
    /// Columns of the terminal; nil for a pipe or file, which take lines of any length.
    var columns: Int?
    /// Rows of the terminal.
    var rows: Int
    /// Whether colours may be used.
    var isColoured: Bool

    /// A pipe or file: no colours, no width.
    static let pipe = TerminalWindow(isInteractive: false, columns: nil, rows: 24, isColoured: false)

    /// Looks at a stream and the environment now; the size of a window may change at any time.
    static func detect(descriptor: Int32, environment: [String: String]) -> TerminalWindow {
        let isTerminal = isatty(descriptor) == 1
        return decide(isTerminal: isTerminal, size: isTerminal ? size(of: descriptor) : nil, environment: environment)
    }

    /// The decision behind ``detect(descriptor:environment:)``, without looking at the system.
    ///
    /// `NO_COLOR` set to anything but nothing turns colours off (no-color.org), and so does `TERM=dumb`, which also
    /// cannot redraw. `COLUMNS` stands in where the terminal does not tell its size.
    static func decide(
        isTerminal: Bool,
        size: (columns: Int, rows: Int)?,
        environment: [String: String]
    ) -> TerminalWindow {
        guard isTerminal else { return .pipe }
        let isDumb = environment["TERM"] == "dumb"
        let refusesColour = !(environment["NO_COLOR"] ?? "").isEmpty
        let told = environment["COLUMNS"].flatMap(Int.init)
        return TerminalWindow(
            isInteractive: !isDumb,
            columns: max(20, size?.columns ?? told ?? 80),
            rows: max(4, size?.rows ?? 24),
            isColoured: !isDumb && !refusesColour
        )
    }

    private static func size(of descriptor: Int32) -> (columns: Int, rows: Int)? {
        var window = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 else { return nil }
        return (Int(window.ws_col), Int(window.ws_row))
    }
}
