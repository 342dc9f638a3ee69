// The body of a sign-in, in JSON or XML. No I/O.

import Foundation

/// Who wants to sign in, and where.
struct TableauSignIn: Sendable, Equatable {
    var name: String
    var secret: String
    var site: String

    /// Reads the body; nil if it is not a sign-in with a personal access token.
    init?(_ body: String) {
        let trimmed = body.trimmingCharacters(in: .whitespacesAndNewlines)
        if trimmed.hasPrefix("{") { self.init(json: trimmed) } else { self.init(xml: trimmed) }
    }

    private struct Body: Decodable {
        struct Credentials: Decodable {
            struct Site: Decodable {
                let contentUrl: String?
            }
            let personalAccessTokenName: String
            let personalAccessTokenSecret: String
            let site: Site?
        }
        let credentials: Credentials
    }

    private init?(json: String) {
        guard let body = try? JSONDecoder().decode(Body.self, from: Data(json.utf8)) else { return nil }
        name = body.credentials.personalAccessTokenName
        secret = body.credentials.personalAccessTokenSecret
        site = body.credentials.site?.contentUrl ?? ""
    }

    private init?(xml: String) {
        guard let name = Self.attribute("personalAccessTokenName", in: xml),
            let secret = Self.attribute("personalAccessTokenSecret", in: xml)
        else { return nil }
        self.name = name
        self.secret = secret
        site = Self.attribute("contentUrl", in: xml) ?? ""
    }

    /// The value of the first attribute of that name. The requests are small and flat: no parser is needed.
    private static func attribute(_ name: String, in xml: String) -> String? {
        for quote in ["\"", "'"] {
            guard let start = xml.range(of: " \(name)=\(quote)"),
                let end = xml.range(of: quote, range: start.upperBound..<xml.endIndex)
            else { continue }
            let value = String(xml[start.upperBound..<end.lowerBound])
            return value.replacing("&lt;", with: "<").replacing("&gt;", with: ">")
                .replacing("&quot;", with: "\"").replacing("&apos;", with: "'").replacing("&amp;", with: "&")
        }
        return nil
    }
}
