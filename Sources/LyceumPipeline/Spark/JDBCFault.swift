// What Spark says when a database cannot be read by JDBC, and what to do about it.

import ADBC
import LyceumCore
import LyceumSources

/// An error of Spark's JDBC source, without password and without values of the data.
struct JDBCFault: Sendable {
    private let code: SourceError.Code
    private let message: String
    private let advice: String
    private let isRetryable: Bool
    private let cause: ClusterObstacle?

    init(_ error: ADBCError, _ access: JDBCConfiguration) {
        let spark = SparkError(error)
        // What an executor says stands behind the name of Java's exception; it may quote values.
        var text = spark.message
        if let end = text.ranges(of: #/[A-Za-z]+(Exception|Error): /#).last?.upperBound, text.hasPrefix("Job aborted") {
            text = Self.withoutValues(String(text[end...]))
        }
        if !access.password.isEmpty { text = text.replacing(access.password.reveal(), with: "***") }
        let lowercased = text.lowercased()
        func says(_ phrases: String...) -> Bool { phrases.contains { lowercased.contains($0) } }

        var cause: ClusterObstacle?
        switch error.code {
        case .driverNotFound, .notADriver, .missingDependency:
            (code, message, advice, isRetryable) = (.missingComponent, error.message, "", false)
        case _ where lowercased.contains(access.driver.lowercased()) || says("no suitable driver"):
            code = .missingComponent
            message = "Spark has no JDBC driver \(access.driver)"
            advice =
                "give its server the driver's jar ('spark.jars' in spark-defaults.conf, or scripts/start-spark --jars FILE) "
                + "and start it again; or correct 'driver'"
            isRetryable = false
        case _ where spark.errorClass?.hasPrefix("FAILED_JDBC.CONNECTION") == true || says("authentication failed"):
            code = .unauthorized
            message = "Spark cannot connect to \(access.url) as \(access.user)"
            advice =
                "check user and password of 'jdbc', and that Spark's machines reach the database (Spark does not tell "
                + "the one from the other)"
            // Attempts with a wrong password lock accounts.
            isRetryable = false
        case _ where says("bad value for type bigdecimal", "nan cannot be", "infinity cannot be"):
            code = .malformed
            message = text
            advice = ""
            isRetryable = false
            cause = .noNumber
        case _ where spark.message.contains(CountedTime.refusal):
            code = .malformed
            message = "a date or time is infinite, which Spark cannot say"
            advice = ""
            isRetryable = false
            cause = .endlessTime
        case _ where says("too many clients", "connection slots", "ora-00020", "ora-12516", "ora-12519", "ora-12520"):
            (code, message, isRetryable) = (.unreachable, text, true)
            advice = "the database has no free connection; lower 'partitions' of 'jdbc'"
        case _ where says("snapshot") && says("does not exist", "invalid", "could not import"):
            (code, message, isRetryable) = (.interrupted, text, true)
            advice = "'url' of 'jdbc' and 'uri' must be of one server and database"
        case _ where says("permission denied", "ora-00942", "ora-01031"):
            (code, message, isRetryable) = (.forbidden, text, false)
            advice = "GRANT SELECT on the table to \(access.user)"
        case _ where spark.isSessionLost:
            (code, message, advice, isRetryable) = (.interrupted, text, "Spark was lost; see its server's log", true)
        case _
        where says(
            "i/o error",
            "connection has been closed",
            "terminating connection",
            "connection reset",
            "ora-03113",
            "ora-03135",
            "ora-01555",
            "ora-08181"
        ):
            (code, message, advice, isRetryable) = (.interrupted, text, "the database ended the connection", true)
        default:
            (code, message, advice, isRetryable) = (.rejected, text, "", false)
        }
        self.cause = cause
    }

    /// The error as a source's.
    func sourceError(_ doing: String, location: String) -> SourceError {
        SourceError(
            code,
            "\(doing): \(message)" + (advice.isEmpty ? "" : " — \(advice)"),
            location: location,
            isRetryable: isRetryable,
            cause: cause
        )
    }

    /// A sentence without what stands in quotes.
    private static func withoutValues(_ text: String) -> String {
        var text = text
        for quote: Character in ["'", "\""] {
            guard let first = text.firstIndex(of: quote), let last = text.lastIndex(of: quote), first < last else {
                continue
            }
            text.replaceSubrange(text.index(after: first)..<last, with: "…")
        }
        return text
    }
}
