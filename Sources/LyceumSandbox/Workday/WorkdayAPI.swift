// The Workday-compatible interface: a token endpoint and three paged collections. Reports and WQL: WorkdayReports.swift.

import Foundation
import Hummingbird
import LyceumCore
import Synchronization

/// Routes under `/ccx`, in the shapes of Workday's REST services.
///
/// Deadlines, salaries, education and experience are members that standard Workday does not have; a customer would add
/// them by a report. They are here so that the pipeline has them.
final class WorkdayAPI: Sendable {
    private let collections: [String: RecordFile]
    /// Reports by name; their owner is the report user.
    let reports: [String: RecordFile]
    /// What WQL can ask, by name.
    let dataSources: [String: RecordFile]
    let credentials: CampusCredentials
    private let tokens: Mutex<WorkdayTokens>
    var tenant: String { credentials.tenant }

    /// Reads the campus's records.
    init(campus: Campus, credentials: CampusCredentials, tokenLifetime: Int) throws(SandboxError) {
        let records = campus.location.records
        let students = try RecordFile(records.appending(path: "students.ndjson"))
        let programs = try RecordFile(records.appending(path: "programsOfStudy.ndjson"))
        let postings = try RecordFile(records.appending(path: "jobPostings.ndjson"))
        collections = [
            "studentCore/v1/students": students, "studentAcademicFoundation/v1/programsOfStudy": programs,
            "recruiting/v4/jobPostings": postings,
        ]
        dataSources = ["students": students, "programsOfStudy": programs, "jobPostings": postings]
        reports = [
            "Job_Posting_Terms": try RecordFile(records.appending(path: "jobPostingTerms.ndjson")),
            "Students": students, "Programs_of_Study": programs, "Job_Postings": postings,
        ]
        self.credentials = credentials
        tokens = Mutex(WorkdayTokens(credentials: credentials, lifetime: tokenLifetime))
    }

    /// Adds the routes.
    func addRoutes(to router: Router<BasicRequestContext>) {
        router.post("/ccx/oauth2/:tenant/token") { [self] request, context in
            try await token(request, tenant: context.parameters.get("tenant"))
        }
        router.get("/ccx/api/:service/:version/:tenant/:resource") { [self] request, context in
            let parameters = context.parameters
            let path = ["service", "version", "resource"].map { parameters.get($0) ?? "" }.joined(separator: "/")
            return collection(request, path: path, tenant: parameters.get("tenant"))
        }
        addReportRoutes(to: router)
    }

    /// Ends every access token that was issued.
    func expireTokens() {
        tokens.withLock { $0.expireAll() }
    }

    // MARK: Tokens

    private func token(_ request: Request, tenant: String?) async throws -> Response {
        guard tenant == self.tenant else { return Self.error(.notFound, "no such tenant", code: "not_found") }
        let body = try await request.body.collect(upTo: 64 * 1024)
        let asked = Self.tokenRequest(form: String(buffer: body), authorization: request.headers[.authorization])
        do {
            let token = try tokens.withLock { state throws(WorkdayTokens.Refusal) in try state.issue(asked) }
            let lifetime = tokens.withLock(\.lifetime)
            var response = Self.json(
                .ok,
                #"{"access_token":"\#(token)","token_type":"Bearer","expires_in":\#(lifetime)}"#
            )
            response.headers[.cacheControl] = "no-store"
            return response
        } catch {
            switch error {
            case .invalidClient:
                var response = Self.json(.unauthorized, #"{"error":"invalid_client"}"#)
                response.headers[.wwwAuthenticate] = "Basic realm=\"\(self.tenant)\""
                return response
            case .invalidGrant: return Self.json(.badRequest, #"{"error":"invalid_grant"}"#)
            case .unsupportedGrant: return Self.json(.badRequest, #"{"error":"unsupported_grant_type"}"#)
            case .invalidRequest(let why):
                return Self.json(.badRequest, #"{"error":"invalid_request","error_description":"\#(why)"}"#)
            }
        }
    }

    /// Credentials come in the form or in a Basic header, the grant in the form.
    static func tokenRequest(form: String, authorization: String?) -> WorkdayTokenRequest {
        var asked = WorkdayTokenRequest()
        for pair in form.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? parts[1].replacing("+", with: " ").removingPercentEncoding : ""
            switch parts[0] {
            case "grant_type": asked.grant = value
            case "client_id": asked.clientID = value
            case "client_secret": asked.clientSecret = value
            case "refresh_token": asked.refreshToken = value
            case "assertion": asked.assertion = value
            default: break
            }
        }
        if let authorization, authorization.lowercased().hasPrefix("basic "),
            let decoded = Data(base64Encoded: String(authorization.dropFirst(6)).trimmingCharacters(in: .whitespaces))
        {
            let pair = String(decoding: decoded, as: UTF8.self).split(
                separator: ":",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            if pair.count == 2 {
                // RFC 6749 has both parts form-encoded; most clients send them as they are.
                asked.clientID = pair[0].removingPercentEncoding ?? String(pair[0])
                asked.clientSecret = pair[1].removingPercentEncoding ?? String(pair[1])
            }
        }
        return asked
    }

    // MARK: Collections

    private func collection(_ request: Request, path: String, tenant: String?) -> Response {
        guard accepts(request.headers[.authorization] ?? "") else { return Self.tokenRefused }
        guard tenant == self.tenant, let records = collections[path] else {
            return Self.error(.notFound, "no such resource: \(path)", code: "not_found")
        }
        let query = request.uri.queryParameters
        do throws(WorkdayPage.Fault) {
            let page = try WorkdayPage(limit: query["limit"], offset: query["offset"])
            let body = records.page(offset: page.offset, limit: page.limit)
            return Response(
                status: .ok,
                headers: [.contentType: "application/json; charset=utf-8"],
                body: .init(byteBuffer: body)
            )
        } catch {
            return Self.error(.badRequest, error.message, code: "validation", field: error.field)
        }
    }

    /// Whether an `Authorization` header holds a token that is good.
    func accepts(_ authorization: String) -> Bool {
        let token = authorization.lowercased().hasPrefix("bearer ") ? String(authorization.dropFirst(7)) : ""
        return tokens.withLock { $0.accepts(token) }
    }

    // MARK: Answers

    static var tokenRefused: Response {
        error(.unauthorized, "the access token is missing, unknown or has expired", code: "invalid_token")
    }

    private struct Fault: Encodable {
        let error: String
        let code: String
        let field: String?
    }

    static func error(
        _ status: HTTPResponse.Status,
        _ message: String,
        code: String,
        field: String? = nil
    ) -> Response {
        let encoded = try? JSONEncoder().encode(Fault(error: message, code: code, field: field))
        return json(status, String(decoding: encoded ?? Data("{}".utf8), as: UTF8.self))
    }

    static func json(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: text))
        )
    }
}
