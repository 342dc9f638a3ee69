// A real Spark behind TLS, as managed clusters are reached.

import Foundation
import TestServers
import Testing

@Suite("Spark over TLS", .timeLimit(.minutes(10)))
struct SparkTLSTests {
    /// What `lyceum doctor` says of Spark.
    private func finding(
        _ url: String,
        tls: Bool,
        token: String,
        authority: String?
    ) async throws -> (isOK: Bool, text: String) {
        let folder = try Program.temporaryFolder("spark-tls")
        let text = """
            engine: {spark: {url: "\(url)", tls: \(tls), token: "${TOKEN}"}}
            sources: {campus: {type: files, path: .}}
            """
        try Data(text.utf8).write(to: folder.appending(path: "lyceum.yaml"))
        var environment = ["TOKEN": token]
        // By this variable the driver finds authorities beside the system's own.
        if let authority { environment["SSL_CERT_FILE"] = authority }
        let outcome = try await Program.run("doctor", "--json", in: folder, environment: environment)
        let checks = try #require(try outcome.json()["checks"] as? [[String: Any]], "\(outcome.errors)")
        let check = try #require(checks.first { $0["subject"] as? String == "spark" }, "\(checks)")
        return (check["ok"] as? Bool == true, "\(check["finding"] ?? "") \(check["mend"] ?? "")")
    }

    @Test("is reached with the certificate checked and the token shown, and not without either")
    func reached() async throws {
        let spark = try SparkServer.start(cores: 1, memory: "1g")
        defer { spark.stop() }
        let (uri, token) = (try spark.uri, try spark.token)
        let front = try ScriptServer.start("start-tls-front", ["--to", String(uri.dropFirst("sc://".count))])
        defer { front.stop() }
        let (url, authority) = ("sc://localhost:\(try front["port"])", try front["ca"])

        let good = try await finding(url, tls: true, token: token, authority: authority)
        #expect(good.isOK && good.text.contains("Spark 4"), "\(good.text)")

        let stranger = try await finding(url, tls: true, token: token, authority: nil)
        #expect(!stranger.isOK && stranger.text.contains("certificate"), "\(stranger.text)")

        let byAddress = try await finding(
            url.replacing("localhost", with: "127.0.0.1"),
            tls: true,
            token: token,
            authority: authority
        )
        #expect(!byAddress.isOK && byAddress.text.contains("certificate"), "\(byAddress.text)")

        let wrong = try await finding(url, tls: true, token: "wr0ng", authority: authority)
        #expect(!wrong.isOK && wrong.text.contains("token"), "\(wrong.text)")
        for said in [good, stranger, wrong] { #expect(!said.text.contains(token)) }

        let plain = try await finding(url, tls: false, token: token, authority: nil)
        #expect(!plain.isOK, "\(plain.text)")
    }
}
