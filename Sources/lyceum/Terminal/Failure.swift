// A failure as the user meets it: what, where, what to do, and the exit code.

import Foundation

/// How the program ends, as shells and schedulers read it (sysexits.h where it has a number).
enum ExitStatus: Int32, Sendable {
    /// All done.
    case success = 0
    /// The work failed.
    case failure = 1
    /// The command line is wrong.
    case usage = 64
    /// The configuration is wrong.
    case configuration = 78
    /// Stopped by Ctrl-C.
    case interrupted = 130
}

/// One failure, ready to print.
struct Failure: Error, Sendable, Equatable {
    /// How the program ends because of it.
    var status: ExitStatus
    /// The failure's kind, for scripts: `badConfiguration`, `unreachable`.
    var code: String
    /// What happened, to what, and what to do.
    var message: String
    /// Where: `lyceum.yaml:12`, a URL, a model.
    var location: String?
    /// The errors underneath, outermost first.
    var causes: [String] = []
    /// What to do, when the message does not say it.
    var remedy: String?

    init(
        _ status: ExitStatus = .failure,
        code: String,
        message: String,
        location: String? = nil,
        causes: [String] = [],
        remedy: String? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.location = location
        self.causes = causes
        self.remedy = remedy
    }

    /// The block for people:
    ///
    ///     error: the password of source 'oracle' is empty
    ///        at: lyceum.yaml:12
    ///   because: …
    ///        do: set ORACLE_PASSWORD
    func lines(width: Int?, style: Style) -> [String] {
        let indent = 9
        let room = max(20, (width ?? 120) - indent)
        var lines: [String] = []
        func add(_ label: String, _ text: String, mark: (String) -> String) {
            let wrapped = text.split(separator: "\n", omittingEmptySubsequences: false).flatMap {
                DisplayWidth.wrapped(Printable.line(String($0)), to: room)
            }
            for (index, part) in wrapped.enumerated() {
                let head = index == 0 ? DisplayWidth.padded(label + ":", to: indent - 1, alignment: .right) : ""
                let blanks = String(repeating: " ", count: indent - DisplayWidth.of(head))
                lines.append((index == 0 ? mark(head) : head) + blanks + part)
            }
        }
        add("error", message, mark: { style.bold(style.red($0)) })
        if let location { add("at", location, mark: style.dim) }
        for cause in causes { add("because", cause, mark: style.dim) }
        if let remedy { add("do", remedy, mark: style.green) }
        return lines
    }

    /// The same for scripts: one JSON object.
    var json: String {
        JSONText.line(
            Envelope(
                error: .init(
                    code: code,
                    message: message,
                    location: location,
                    causes: causes,
                    remedy: remedy,
                    exitCode: status.rawValue
                )
            )
        )
    }

    private struct Envelope: Encodable {
        struct Body: Encodable {
            var code: String
            var message: String
            var location: String?
            var causes: [String]
            var remedy: String?
            var exitCode: Int32

            enum CodingKeys: String, CodingKey {
                case code, message, location, causes, remedy
                case exitCode = "exit_code"
            }
        }
        var error: Body
    }
}
