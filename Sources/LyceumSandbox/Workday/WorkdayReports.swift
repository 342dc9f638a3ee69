// Reports as a web service (RaaS) and WQL of the Workday-compatible interface.

import Foundation
import Hummingbird
import LyceumCore
import Synchronization

extension WorkdayAPI {
    /// Adds the routes of reports and queries.
    func addReportRoutes(to router: Router<BasicRequestContext>) {
        router.get("/ccx/service/customreport2/:tenant/:owner/:report") { [self] request, context in
            let parameters = context.parameters
            return report(
                request,
                tenant: parameters.get("tenant"),
                owner: parameters.get("owner"),
                name: parameters.get("report")
            )
        }
        router.post("/ccx/api/wql/:version/:tenant/data") { [self] request, context in
            try await query(request, tenant: context.parameters.get("tenant"))
        }
    }

    /// A report's rows under `Report_Entry`, all in one answer, written as it is read.
    private func report(_ request: Request, tenant: String?, owner: String?, name: String?) -> Response {
        guard mayReadReports(request) else {
            var response = Self.error(.unauthorized, "invalid username or password", code: "invalid_credentials")
            response.headers[.wwwAuthenticate] = "Basic realm=\"\(self.tenant)\""
            return response
        }
        guard tenant == self.tenant, owner == credentials.workdayReportUser, let name, let records = reports[name]
        else {
            return Self.error(.notFound, "no such report", code: "not_found")
        }
        guard request.uri.queryParameters["format"] == "json" else {
            return Self.error(.badRequest, "the sandbox writes reports with format=json only", code: "validation")
        }
        let body = ResponseBody { writer in
            var buffer = ByteBuffer(string: "{\"Report_Entry\":[")
            for first in stride(from: 0, to: records.count, by: 256) {
                if first > 0 { buffer.writeString(",") }
                records.write(first..<min(first + 256, records.count), to: &buffer)
                try await writer.write(buffer)
                buffer.clear()
            }
            buffer.writeString("]}")
            try await writer.write(buffer)
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: "application/json; charset=utf-8"], body: body)
    }

    private func mayReadReports(_ request: Request) -> Bool {
        let header = request.headers[.authorization] ?? ""
        if header.lowercased().hasPrefix("bearer ") { return accepts(header) }
        guard header.lowercased().hasPrefix("basic "),
            let decoded = Data(base64Encoded: header.dropFirst(6).trimmingCharacters(in: .whitespaces))
        else { return false }
        let pair = String(decoding: decoded, as: UTF8.self)
            .split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return pair.count == 2 && RandomToken.matches(String(pair[0]), Secret(credentials.workdayReportUser))
            && RandomToken.matches(String(pair[1]), credentials.workdayReportPassword)
    }

    private func query(_ request: Request, tenant: String?) async throws -> Response {
        struct Asked: Decodable { var query: String }
        guard accepts(request.headers[.authorization] ?? "") else { return Self.tokenRefused }
        guard tenant == self.tenant else { return Self.error(.notFound, "no such tenant", code: "not_found") }
        let body = try await request.body.collect(upTo: 64 * 1024)
        guard let asked = try? JSONDecoder().decode(Asked.self, from: Data(buffer: body)) else {
            return Self.error(.badRequest, "the body must be {\"query\": …}", code: "validation", field: "query")
        }
        let parameters = request.uri.queryParameters
        do {
            let query = try WorkdayQuery(asked.query)
            guard let records = dataSources[query.dataSource] else {
                throw WorkdayQuery.Fault(reason: "there is no data source '\(query.dataSource)'")
            }
            let page = try WorkdayPage(
                limit: parameters["limit"],
                offset: parameters["offset"],
                maximum: WorkdayPage.queryMaximum
            )
            return Self.json(.ok, try answer(query, records, page))
        } catch let fault as WorkdayPage.Fault {
            return Self.error(.badRequest, fault.message, code: "validation", field: fault.field)
        } catch let fault as WorkdayQuery.Fault {
            return Self.error(.badRequest, fault.reason, code: "validation", field: "query")
        }
    }

    private func answer(_ query: WorkdayQuery, _ records: RecordFile, _ page: WorkdayPage) throws -> String {
        let first = min(page.offset, records.count)
        let last = min(first + min(page.limit, records.count), records.count)
        var rows: [[String: Any]] = []
        for index in first..<last {
            let record = try JSONSerialization.jsonObject(with: records.record(index)) as? [String: Any] ?? [:]
            var row: [String: Any] = [:]
            for column in query.columns { row[column.name] = record[column.member] }
            rows.append(row)
        }
        let data = try JSONSerialization.data(
            withJSONObject: ["total": records.count, "data": rows] as [String: Any],
            options: [.sortedKeys, .withoutEscapingSlashes]
        )
        return String(decoding: data, as: UTF8.self)
    }
}
