// The Tableau-compatible interface: sign-in, lists of workbooks and views, and views' data.

import Foundation
import HTTPTypes
import Hummingbird
import Synchronization

/// Routes under `/api/{version}`, in the shapes of Tableau's REST API: XML unless JSON is asked for.
final class TableauAPI: Sendable {
    private let catalog = TableauCatalog()
    private let sessions: Mutex<TableauSessions>
    private let data: TableauData
    private let siteName: String
    private let vizQLRows: Int

    /// Serves the views' data, which is read when it is first asked for.
    ///
    /// - Parameter vizQLRows: the most rows of an answer of the VizQL Data Service.
    init(campus: Campus, credentials: CampusCredentials, sessionLifetime: Int, vizQLRows: Int) throws(SandboxError) {
        data = try TableauData(records: campus.location.records, catalog: catalog)
        sessions = Mutex(TableauSessions(credentials: credentials, lifetime: sessionLifetime))
        siteName = credentials.tableauSite
        self.vizQLRows = vizQLRows
    }

    /// Ends the session, as another sign-in with the same token does.
    func killSession() {
        sessions.withLock { $0.kill() }
    }

    /// Adds the routes.
    func addRoutes(to router: Router<BasicRequestContext>) {
        for path in ["/api/:version/serverinfo", "/api/:version/serverInfo"] {
            router.get(RouterPath(path)) { request, _ in Self.answer(request, .ok, Self.serverInfo) }
        }
        router.post("/api/:version/auth/signin") { [self] request, _ in try await signIn(request) }
        router.post("/api/:version/auth/signout") { [self] request, _ in signOut(request) }
        let site = router.group("/api/:version/sites/:site")
        add(site, "workbooks") { [self] request, _ in
            try list(request, "workbooks", catalog.workbooks.map(catalog.element))
        }
        add(site, "views") { [self] request, _ in try list(request, "views", catalog.views.map(catalog.element)) }
        add(site, "workbooks/:id") { [self] _, context in
            TableauDocument(catalog.element(try workbook(context)))
        }
        add(site, "workbooks/:id/views") { [self] request, context in
            try list(request, "views", try workbook(context).views.map(catalog.element))
        }
        add(site, "views/:id") { [self] _, context in TableauDocument(catalog.element(try view(context))) }
        add(site, "datasources") { [self] request, _ in
            try list(request, "datasources", catalog.datasources.map(catalog.element))
        }
        add(site, "datasources/:id") { [self] _, context in
            TableauDocument(catalog.element(try datasource(context.parameters.get("id"))))
        }
        site.get("views/:id/data") { [self] request, context in
            await answering(request) {
                try self.check(request, context)
                return try await self.viewData(request, try self.view(context))
            }
        }
        site.get("datasources/:id/content") { [self] request, context in
            await answering(request) {
                try self.check(request, context)
                return try self.extract(of: try self.datasource(context.parameters.get("id")))
            }
        }
        let service = router.group("/api/v1/vizql-data-service")
        service.post("read-metadata") { [self] request, _ in
            await answeringVizQL(request) { body in
                VizQLAnswer.metadata(try self.datasource(VizQLRequest.datasource(body)))
            }
        }
        service.post("query-datasource") { [self] request, _ in
            await answeringVizQL(request) { body in
                let datasource = try self.datasource(VizQLRequest.datasource(body))
                let sql = try VizQLQuery(body, of: datasource).sql(limit: self.vizQLRows + 1)
                let rows = try await self.data.rows(sql)
                guard rows.count <= self.vizQLRows else { throw VizQLFault.tooLarge }
                return "{\"data\":[\(rows.joined(separator: ","))]}"
            }
        }
    }

    // MARK: Data

    /// A view's data: as it was written, or the rows that pass the filters `vf_<Field>=value,value`.
    private func viewData(_ request: Request, _ view: TableauView) async throws -> Response {
        let filters = TableauViewFilter.read(request.uri.query ?? "").filter { filter in
            view.fields.contains { $0.caption == filter.field }
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/csv; charset=utf-8"],
            body: .init(byteBuffer: try await data.csv(view, filters))
        )
    }

    private func extract(of datasource: TableauDatasource) throws -> Response {
        guard let bytes = data.extract(datasource) else {
            throw Fault(.notFound, "404004", "Resource Not Found", "The sandbox has no extract of this data source.")
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/octet-stream",
                .contentDisposition: "name=\"tableau_datasource\"; filename=\"\(datasource.name).tdsx\"",
            ],
            body: .init(byteBuffer: bytes)
        )
    }

    private func answering(_ request: Request, _ body: () async throws -> Response) async -> Response {
        do {
            return try await body()
        } catch let fault as Fault {
            return Self.answer(request, fault.status, fault.document)
        } catch {
            let document = TableauDocument.error(code: "500000", summary: "Internal Server Error", detail: "\(error)")
            return Self.answer(request, .internalServerError, document)
        }
    }

    /// The VizQL Data Service speaks JSON only, and states errors in its own way.
    private func answeringVizQL(_ request: Request, _ body: ([String: Any]) async throws -> String) async -> Response {
        func answer(_ status: HTTPResponse.Status, _ text: String) -> Response {
            Response(
                status: status,
                headers: [.contentType: "application/json;charset=UTF-8"],
                body: .init(byteBuffer: ByteBuffer(string: text))
            )
        }
        do {
            do throws(TableauSessions.Refusal) {
                try sessions.withLock { state throws(TableauSessions.Refusal) in
                    try state.use(request.headers[.tableauAuth])
                }
            } catch {
                throw VizQLFault(.unauthorized, error.code, "The session does not exist or has ended.")
            }
            let bytes = try await request.body.collect(upTo: 32 << 20)
            guard let object = try? JSONSerialization.jsonObject(with: Data(bytes.readableBytesView)) as? [String: Any]
            else { throw VizQLFault(.badRequest, "400800", "The body is not a JSON object.") }
            return answer(.ok, try await body(object))
        } catch let fault as VizQLFault {
            return answer(fault.status, fault.json)
        } catch let fault as Fault {
            return answer(fault.status, VizQLFault(fault.status, "404934", "There is no such data source.").json)
        } catch {
            return answer(.internalServerError, VizQLFault(.internalServerError, "500000", "\(error)").json)
        }
    }

    private func datasource(_ id: String?) throws(Fault) -> TableauDatasource {
        guard let datasource = catalog.datasources.first(where: { $0.id == id }) else {
            throw Fault(.notFound, "404004", "Resource Not Found", "There is no such data source.")
        }
        return datasource
    }

    // MARK: Requests

    /// An error as Tableau has it.
    private struct Fault: Error {
        let status: HTTPResponse.Status
        let document: TableauDocument

        init(_ status: HTTPResponse.Status, _ code: String, _ summary: String, _ detail: String) {
            self.status = status
            document = .error(code: code, summary: summary, detail: detail)
        }

        init(_ refusal: TableauSessions.Refusal) {
            switch refusal {
            case .signIn:
                self.init(
                    .unauthorized,
                    refusal.code,
                    "Signin Error",
                    "The personal access token or the site is not right."
                )
            case .session:
                self.init(
                    .unauthorized,
                    refusal.code,
                    "Unauthorized Access",
                    "The session does not exist, has expired, or was ended by another sign-in with the same token."
                )
            }
        }
    }

    private typealias Handler = @Sendable (Request, BasicRequestContext) throws -> TableauDocument

    /// A route for those who are signed in.
    private func add(_ group: RouterGroup<BasicRequestContext>, _ path: String, _ handler: @escaping Handler) {
        group.get(RouterPath(path)) { [self] request, context in
            do {
                try check(request, context)
                return Self.answer(request, .ok, try handler(request, context))
            } catch let fault as Fault {
                return Self.answer(request, fault.status, fault.document)
            }
        }
    }

    private func check(_ request: Request, _ context: BasicRequestContext) throws(Fault) {
        do throws(TableauSessions.Refusal) {
            try sessions.withLock { state throws(TableauSessions.Refusal) in
                try state.use(request.headers[.tableauAuth])
            }
        } catch {
            throw Fault(error)
        }
        guard context.parameters.get("site") == TableauCatalog.site else {
            throw Fault(.notFound, "404000", "Resource Not Found", "There is no such site.")
        }
    }

    private func signIn(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: 64 * 1024)
        guard let asked = TableauSignIn(String(buffer: body)) else {
            let fault = Fault(
                .badRequest,
                "400000",
                "Bad Request",
                "The body is not a sign-in with a personal access token."
            )
            return Self.answer(request, fault.status, fault.document)
        }
        do throws(TableauSessions.Refusal) {
            let token = try sessions.withLock { state throws(TableauSessions.Refusal) in
                try state.signIn(name: asked.name, secret: asked.secret, site: asked.site)
            }
            let credentials = TableauElement(
                "credentials",
                [("token", token)],
                [
                    TableauElement("site", [("id", TableauCatalog.site), ("contentUrl", siteName)]),
                    TableauElement("user", [("id", TableauCatalog.user)]),
                ]
            )
            return Self.answer(request, .ok, TableauDocument(credentials))
        } catch {
            let fault = Fault(error)
            return Self.answer(request, fault.status, fault.document)
        }
    }

    private func signOut(_ request: Request) -> Response {
        do throws(TableauSessions.Refusal) {
            try sessions.withLock { state throws(TableauSessions.Refusal) in
                try state.signOut(request.headers[.tableauAuth])
            }
            return Response(status: .noContent)
        } catch {
            let fault = Fault(error)
            return Self.answer(request, fault.status, fault.document)
        }
    }

    private func list(_ request: Request, _ name: String, _ elements: [TableauElement]) throws(Fault) -> TableauDocument
    {
        let query = request.uri.queryParameters
        do throws(TableauListQuery.Fault) {
            let asked = try TableauListQuery(
                pageSize: query["pageSize"],
                pageNumber: query["pageNumber"],
                filter: query["filter"].flatMap { String($0).removingPercentEncoding }.map { $0[...] }
            )
            return try asked.list(name, elements)
        } catch {
            throw Fault(.badRequest, error.code, "Bad Request", error.detail)
        }
    }

    private func workbook(_ context: BasicRequestContext) throws(Fault) -> TableauWorkbook {
        let id = context.parameters.get("id")
        guard let workbook = catalog.workbooks.first(where: { $0.id == id }) else {
            throw Fault(.notFound, "404006", "Resource Not Found", "There is no such workbook.")
        }
        return workbook
    }

    private func view(_ context: BasicRequestContext) throws(Fault) -> TableauView {
        let id = context.parameters.get("id")
        guard let view = catalog.views.first(where: { $0.id == id }) else {
            throw Fault(.notFound, "404011", "Resource Not Found", "There is no such view.")
        }
        return view
    }

    // MARK: Answers

    private static let serverInfo = TableauDocument(
        TableauElement(
            "serverInfo",
            [],
            [
                TableauElement("productVersion", [("build", "20243.24.1112.0542")], text: "2024.3.0"),
                TableauElement("restApiVersion", text: "3.24"),
            ]
        )
    )

    private static func answer(_ request: Request, _ status: HTTPResponse.Status, _ document: TableauDocument)
        -> Response
    {
        let wantsJSON = request.headers[.accept]?.lowercased().contains("application/json") ?? false
        return Response(
            status: status,
            headers: [.contentType: wantsJSON ? "application/json;charset=UTF-8" : "application/xml;charset=UTF-8"],
            body: .init(byteBuffer: ByteBuffer(string: wantsJSON ? document.json : document.xml))
        )
    }
}

extension HTTPField.Name {
    /// The header that carries a session's token.
    static let tableauAuth = HTTPField.Name("X-Tableau-Auth")!
}
