// The cookies of the pages.

import HTTPTypes

/// Reads and writes the two cookies there are: the session's, and the one that ties a sign-in form to its browser.
///
/// With HTTPS their names begin with `__Host-`, by which a browser takes them from this very host and over HTTPS only.
struct SessionCookie: Sendable {
    /// Whether browsers reach the server by HTTPS.
    let isSecure: Bool

    /// The name of the session's cookie.
    var session: String { isSecure ? "__Host-lyceum" : "lyceum" }
    /// The name of the sign-in form's cookie.
    var form: String { isSecure ? "__Host-lyceum-form" : "lyceum-form" }

    /// The value of a cookie; nil when the request has none of that name, or several, of which one would be somebody else's.
    func value(of name: String, in headers: HTTPFields) -> String? {
        let values = headers[values: .cookie].flatMap { $0.split(separator: ";") }.compactMap { pair -> String? in
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard halves.count == 2, halves[0].trimmingPrefix(while: { $0 == " " }) == name else { return nil }
            return String(halves[1])
        }
        return values.count == 1 ? values[0] : nil
    }

    /// A `Set-Cookie` that lasts as long as the browser does.
    func setting(_ name: String, _ value: String) -> String {
        "\(name)=\(value); \(attributes)"
    }

    /// A `Set-Cookie` that takes a cookie away.
    func removing(_ name: String) -> String {
        "\(name)=; Max-Age=0; \(attributes)"
    }

    private var attributes: String { "Path=/; HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "") }
}
