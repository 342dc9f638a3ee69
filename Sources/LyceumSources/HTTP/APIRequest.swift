// A request to a source's API and its complete answer.

import Foundation

/// A request. Its body is sent again on a retry, so it is held whole.
struct APIRequest: Sendable {
    /// The methods that connectors use.
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    var method: Method
    var url: String
    var headers: [(String, String)] = []
    var body: [UInt8] = []

    /// A request without headers.
    init(_ method: Method, _ url: String) {
        self.method = method
        self.url = url
    }

    /// A GET of a URL with query items, each percent-encoded.
    static func get(_ url: String, query: [(String, String)] = [], accept: String = "application/json") -> APIRequest {
        var request = APIRequest(.get, query.isEmpty ? url : url + "?" + FormEncoding.encode(query))
        request.headers = [("Accept", accept)]
        return request
    }
}

/// A complete answer with a status of success.
struct APIResponse: Sendable {
    var status: Int
    var body: [UInt8]
    /// The URL as it may be shown.
    var location: String
}
