// Which site a form was sent from.

import HTTPTypes
import Hummingbird

extension HTTPField.Name {
    // Literals of ours, each a valid token.
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
}

/// Tells forms of our own pages from those of other sites.
enum RequestOrigin {
    /// Whether a request comes from a page of this server, as the browser says.
    ///
    /// `Sec-Fetch-Site` is sent by every current browser over HTTPS and to the own machine (W3C Fetch Metadata); elsewhere
    /// the `Origin` of a form must have the host that the request went to (RFC 6454). A request with neither is refused.
    static func isOwn(_ request: Request) -> Bool {
        if let site = request.headers[.secFetchSite] { return site == "same-origin" }
        guard let origin = request.headers[.origin], let host = request.head.authority else { return false }
        for scheme in ["https://", "http://"] where origin.hasPrefix(scheme) {
            return origin.dropFirst(scheme.count).lowercased() == host.lowercased()
        }
        return false
    }
}
