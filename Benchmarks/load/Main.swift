// The load generator of `make load`: one load, one JSON line.

import Foundation
import NIOPosix

@main
enum Main {
    static func main() {
        do {
            let settings = try LoadSettings(Array(CommandLine.arguments.dropFirst()))
            let key = ProcessInfo.processInfo.environment["LYCEUM_LOAD_KEY"]
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            let result = try Generator.run(settings, key: key, on: group.next())
            if let file = settings.acknowledged {
                let ids = result.acknowledged.map { $0 + "\n" }.joined()
                try Data(ids.utf8).write(to: URL(filePath: file))
            }
            print(try line(result, settings))
        } catch {
            FileHandle.standardError.write(Data("load-generator: \(error)\n".utf8))
            exit(64)
        }
    }

    /// `{requests, rate, answers{status}, errors, shed, …_ms{p50, p90, p99, p999, max, mean}, …}`: `due` counts from the moment
    /// a request was due, `sent` from when a connection was free for it.
    private static func line(_ result: Generator.Result, _ settings: LoadSettings) throws -> String {
        let answered = result.answers.values.reduce(0, +)
        let shed = (result.answers[503] ?? 0) + (result.answers[429] ?? 0)
        let good = result.answers.filter { (200..<300).contains($0.key) }.values.reduce(0, +)
        func times(_ histogram: LatencyHistogram) -> [String: Double] {
            [
                "p50": histogram.quantile(0.5), "p90": histogram.quantile(0.9), "p99": histogram.quantile(0.99),
                "p999": histogram.quantile(0.999), "max": Double(histogram.largest) / 1000, "mean": histogram.mean,
            ].mapValues { ($0 * 1000).rounded() / 1000 }
        }
        let object: [String: Any] = [
            "requests": answered + result.lost + result.unsent,
            "seconds": settings.seconds,
            "asked_per_second": settings.rate,
            "good": good,
            "good_per_second": (Double(good) / result.seconds * 10).rounded() / 10,
            "shed": shed,
            "lost": result.lost,
            "unsent": result.unsent,
            "errors": answered - good - shed + result.lost + result.unsent,
            "answers": Dictionary(uniqueKeysWithValues: result.answers.map { (String($0.key), $0.value) }),
            "bytes": result.bytes,
            "connections_opened": result.opened,
            "due_ms": times(result.due),
            "sent_ms": times(result.sent),
            "seed": settings.seed,
        ]
        let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
        return String(decoding: data, as: UTF8.self)
    }
}
