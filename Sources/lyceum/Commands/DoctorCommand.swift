// `lyceum doctor`: is everything in place, and how to mend what is not.

import ArgumentParser
import LyceumAudit
import LyceumPipeline

/// Checks drivers, sources, lake, ledger, index and audit record.
struct DoctorCommand: RoomCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract:
            "Check configuration, drivers, sources, lake, ledger, index and audit record, and say how to mend each.",
        discussion: "Exit status 1 if anything is wrong. Changes nothing."
    )

    @OptionGroup var shared: SharedOptions

    func perform(on console: Console) async throws {
        let pipeline = try shared.pipeline(console)
        let known = Diagnosis(
            subject: "configuration",
            ok: true,
            finding: "\(pipeline.configuration.file.path) is valid"
        )
        let checks = [known] + (await pipeline.diagnose()) + [audit(pipeline.configuration.audit)]
        let broken = checks.count { !$0.ok }
        if shared.json {
            console.result(JSONText.line(Report(ok: broken == 0, checks: checks)))
        } else {
            let style = console.style
            for check in checks {
                let mark = check.ok ? style.green("✓") : style.red("✗")
                console.say("\(mark) \(DisplayWidth.padded(check.subject, to: 20))  \(Printable.line(check.finding))")
                if let mend = check.mend, !check.ok {
                    console.say("  \(String(repeating: " ", count: 20))  \(style.cyan("→")) \(Printable.line(mend))")
                }
            }
        }
        guard broken == 0 else {
            throw Failure(
                code: "unhealthy",
                message: "\(broken) of \(checks.count) checks failed",
                remedy: "mend what is marked ✗ as said beside it"
            )
        }
    }

    private func audit(_ settings: Configuration.AuditSettings) -> Diagnosis {
        do {
            let condition = AuditCondition.look(at: settings.folder, key: try CommandAudit.existingKey(settings))
            return Diagnosis(
                subject: "audit record",
                ok: condition.isSound,
                finding: condition.finding,
                mend: condition.mend
            )
        } catch {
            return Diagnosis(
                subject: "audit record",
                ok: false,
                finding: error.message,
                mend: "see 'audit' in the configuration"
            )
        }
    }

    private struct Report: Encodable {
        var ok: Bool
        var checks: [Diagnosis]
    }
}
