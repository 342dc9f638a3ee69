// What kind of output the program has.

import Testing

@testable import lyceum

@Suite("Terminal window")
struct TerminalWindowTests {
    @Test("treats a pipe as endless and colourless, whatever the environment says")
    func pipe() {
        let window = TerminalWindow.decide(
            isTerminal: false,
            size: (80, 24),
            environment: ["COLUMNS": "40", "TERM": "xterm"]
        )
        #expect(window == .pipe)
    }

    @Test("uses the terminal's own size and colours")
    func terminal() {
        let window = TerminalWindow.decide(isTerminal: true, size: (132, 50), environment: ["TERM": "xterm"])
        #expect(window == TerminalWindow(isInteractive: true, columns: 132, rows: 50, isColoured: true))
    }

    @Test(
        "respects NO_COLOR when it says anything, and only then",
        arguments: [("1", false), ("yes", false), ("", true)]
    )
    func noColor(value: String, coloured: Bool) {
        let window = TerminalWindow.decide(isTerminal: true, size: (80, 24), environment: ["NO_COLOR": value])
        #expect(window.isColoured == coloured)
        #expect(window.isInteractive)
    }

    @Test("neither redraws nor colours a dumb terminal")
    func dumb() {
        let window = TerminalWindow.decide(
            isTerminal: true,
            size: nil,
            environment: ["TERM": "dumb", "COLUMNS": "100"]
        )
        #expect(window == TerminalWindow(isInteractive: false, columns: 100, rows: 24, isColoured: false))
    }

    @Test("writes no marks without colour")
    func style() {
        #expect(Style.plain.red("x") == "x")
        #expect(Style(isColoured: true).red("x") == "\u{1B}[31mx\u{1B}[0m")
        #expect(Style(isColoured: true).bold("").isEmpty)
    }
}
