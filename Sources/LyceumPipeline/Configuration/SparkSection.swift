// Reads `engine: {spark: …}`.

import LyceumCore
import Yams

extension ConfigurationReader {
    /// The section `engine`; a name in its place is answered with how it is written.
    func engineSection(_ document: YAMLMapping) throws(PipelineError) -> YAMLMapping? {
        if case .scalar(let name)? = document.take("engine") {
            throw document.fault(
                "engine",
                name.string == "spark"
                    ? "'engine' needs the server's address: engine: {spark: {url: \"sc://HOST:15002\"}}"
                    : "'engine: \(name.string)' is no section: leave it out for the embedded engine, or write "
                        + "engine: {memory_limit: 4GB} or engine: {spark: {url: \"sc://HOST:15002\"}}"
            )
        }
        return try document.mapping("engine")
    }

    /// `{url: sc://host:port, token: …, tls: true, headers: {name: …}, restart_seconds: 60,
    /// pages: http://127.0.0.1:4040}`.
    func spark(_ section: YAMLMapping) throws(PipelineError) -> SparkSettings {
        let url = try requiredText(section, "url")
        guard let match = url.wholeMatch(of: /sc:\/\/([A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5}\/?/) else {
            throw section.fault(
                "url",
                "'url' must be the address of a Spark Connect server such as sc://spark.example.edu:15002"
            )
        }
        let isLoopback = ["127.0.0.1", "localhost", "[::1]"].contains(String(match.1))
        let tls = try section.boolean("tls") ?? !isLoopback
        guard tls || isLoopback else {
            throw section.fault("tls", "'tls: false' would send token and student data in the clear to \(match.1)")
        }
        let token = section.has("token") ? try secret(section, "token") : nil
        var headers: [String: Secret] = [:]
        if let mapping = try section.mapping("headers") {
            for name in mapping.keys { headers[name] = try secret(mapping, name) }
            try mapping.finish()
        }
        let restart = try section.integer("restart_seconds", in: 0...86_400).map { Duration.seconds($0) }
        let pages = try text(section, "pages")
        if let pages,
            pages.wholeMatch(of: /https:\/\/[^\s@?#]+|http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?\/?/) == nil
        {
            throw section.fault(
                "pages",
                "'pages' must be the address of Spark's web pages: https://…, or http:// on this machine, such as "
                    + "http://127.0.0.1:4040"
            )
        }
        try section.finish()
        return SparkSettings(
            url: url,
            token: token,
            tls: tls,
            headers: headers,
            restart: restart ?? SparkSettings.usualRestart,
            pages: pages
        )
    }
}
