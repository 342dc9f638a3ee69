// A browser without a script: cookies, forms and links, as far as the tests of pages need them.

import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Synchronization
import Testing

/// A page as it was received.
struct VisitedPage: Sendable {
    let path: String
    let response: TestResponse

    var text: String { response.text }
    var status: HTTPResponse.Status { response.status }

    /// The page's text without its tags, blanks run together.
    var words: String {
        PageVisitor.unescaped(text.replacing(/<[^>]*>/, with: " ")).split(whereSeparator: \.isWhitespace)
            .joined(separator: " ")
    }

    /// Where its links lead, in order.
    var links: [String] {
        text.matches(of: /<a\s[^>]*href="([^"]*)"/).map { PageVisitor.unescaped(String($0.output.1)) }
    }

    /// The names and values of the hidden inputs of the form that goes to an address.
    func hidden(action: String) throws -> [String: String] {
        let form = try #require(
            text.matches(of: /(?s)<form[^>]*action="([^"]*)"[^>]*>(.*?)<\/form>/)
                .first { $0.output.1 == action }?.output.2,
            "\(path) has no form to \(action)"
        )
        var values: [String: String] = [:]
        for match in form.matches(of: /<input type="hidden" name="([^"]*)" value="([^"]*)">/) {
            values[String(match.output.1)] = PageVisitor.unescaped(String(match.output.2))
        }
        return values
    }
}

/// Somebody at a browser.
final class PageVisitor: Sendable {
    let client: any TestClientProtocol
    private let jar = Mutex<[String: String]>([:])

    init(_ client: any TestClientProtocol) {
        self.client = client
    }

    var cookies: [String: String] {
        get { jar.withLock { $0 } }
        set { jar.withLock { $0 = newValue } }
    }

    /// Gets a page, and goes where it leads when it leads elsewhere.
    func get(_ path: String, follows: Bool = true) async throws -> VisitedPage {
        let response = try await send(.get, path)
        guard follows, response.status == .seeOther, let next = response.headers[.location] else {
            return VisitedPage(path: path, response: response)
        }
        return try await get(next)
    }

    /// Sends a form of a page, its hidden values included.
    func submit(
        _ page: VisitedPage,
        action: String,
        _ values: [String: String] = [:],
        headers: HTTPFields = ownForm,
        follows: Bool = true
    ) async throws -> VisitedPage {
        let all = try page.hidden(action: action).merging(values) { $1 }
        return try await post(action, all, headers: headers, follows: follows)
    }

    func post(
        _ path: String,
        _ values: [String: String],
        headers: HTTPFields = ownForm,
        follows: Bool = true
    ) async throws -> VisitedPage {
        var headers = headers
        headers[.contentType] = "application/x-www-form-urlencoded"
        let body = values.map { "\(Self.encoded($0.key))=\(Self.encoded($0.value))" }.joined(separator: "&")
        let response = try await send(.post, path, headers, body)
        guard follows, response.status == .seeOther, let next = response.headers[.location] else {
            return VisitedPage(path: path, response: response)
        }
        return try await get(next)
    }

    /// What a browser says of a form that one of the server's own pages sends.
    static let ownForm: HTTPFields = [HTTPField.Name("Sec-Fetch-Site")!: "same-origin"]

    /// Signs in through the form, declares a purpose if one is asked for, and goes where the visitor wanted.
    @discardableResult
    func signIn(_ key: String, purpose: String? = nil, to target: String = "/") async throws -> VisitedPage {
        let form = try await get("/sign-in?to=\(Self.encoded(target))")
        let next = try await submit(form, action: "/sign-in", ["credential": key])
        guard let purpose else { return next }
        return try await submit(next, action: "/purpose", ["purpose": purpose])
    }

    private func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ headers: HTTPFields = [:],
        _ body: String? = nil
    ) async throws -> TestResponse {
        var headers = headers
        headers[.accept] = "text/html,application/xhtml+xml,*/*;q=0.8"
        let cookies = cookies.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: "; ")
        if !cookies.isEmpty { headers[.cookie] = cookies }
        let target = String(path.prefix { $0 != "#" })
        let response = try await client.executeRequest(
            uri: target,
            method: method,
            headers: headers,
            body: body.map { ByteBuffer(string: $0) }
        )
        for setting in response.headers[values: .setCookie] {
            let pair = setting.prefix { $0 != ";" }.split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let isGone = setting.contains("Max-Age=0")
            jar.withLock { $0[String(pair[0])] = isGone ? nil : String(pair[1]) }
        }
        return response
    }

    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    static func unescaped(_ text: String) -> String {
        text.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
            .replacing("&#39;", with: "'").replacing("&#96;", with: "`").replacing("&amp;", with: "&")
    }
}
