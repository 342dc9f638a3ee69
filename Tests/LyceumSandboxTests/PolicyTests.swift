// The rules of the two web interfaces, without a server.

import LyceumCore
import Testing

@testable import LyceumSandbox

@Suite("Workday's access tokens")
struct WorkdayTokensTests {
    private let credentials = CampusCredentials.demo

    private func request(grant: String? = "refresh_token", secret: String? = nil, token: String? = nil)
        -> WorkdayTokenRequest
    {
        WorkdayTokenRequest(
            grant: grant,
            clientID: credentials.workdayClientID,
            clientSecret: secret ?? credentials.workdayClientSecret.reveal(),
            refreshToken: token ?? credentials.workdayRefreshToken.reveal()
        )
    }

    @Test("A token is good until its lifetime has passed")
    func expiry() throws {
        var tokens = WorkdayTokens(credentials: credentials, lifetime: 60)
        let start = ContinuousClock.now
        let token = try tokens.issue(request(), now: start)
        #expect(tokens.accepts(token, now: start.advanced(by: .seconds(59))))
        #expect(!tokens.accepts(token, now: start.advanced(by: .seconds(60))))
        #expect(!tokens.accepts("another", now: start))
    }

    @Test("Several tokens are good at once")
    func several() throws {
        var tokens = WorkdayTokens(credentials: credentials, lifetime: 60)
        let first = try tokens.issue(request())
        let second = try tokens.issue(request(grant: "client_credentials", token: "ignored"))
        #expect(first != second && tokens.accepts(first) && tokens.accepts(second))
    }

    @Test("Wrong credentials and unknown grants are refused for what is wrong with them")
    func refusals() {
        var tokens = WorkdayTokens(credentials: credentials, lifetime: 60)
        #expect(throws: WorkdayTokens.Refusal.invalidClient) { try tokens.issue(request(secret: "wrong")) }
        #expect(throws: WorkdayTokens.Refusal.invalidGrant) { try tokens.issue(request(token: "wrong")) }
        #expect(throws: WorkdayTokens.Refusal.unsupportedGrant("password")) {
            try tokens.issue(request(grant: "password"))
        }
        #expect(throws: WorkdayTokens.Refusal.invalidRequest("grant_type is missing")) {
            try tokens.issue(request(grant: nil))
        }
    }

    @Test("Credentials come in a Basic header or in the form")
    func forms() {
        let basic = WorkdayAPI.tokenRequest(
            form: "grant_type=refresh_token&refresh_token=a%2Bb+c",
            authorization: "Basic aWQ6c2U6Y3JldA=="
        )
        #expect(
            basic
                == WorkdayTokenRequest(
                    grant: "refresh_token",
                    clientID: "id",
                    clientSecret: "se:cret",
                    refreshToken: "a+b c"
                )
        )
        let form = WorkdayAPI.tokenRequest(
            form: "grant_type=client_credentials&client_id=id&client_secret=s%26s",
            authorization: nil
        )
        #expect(
            form
                == WorkdayTokenRequest(
                    grant: "client_credentials",
                    clientID: "id",
                    clientSecret: "s&s",
                    refreshToken: nil
                )
        )
    }
}

@Suite("Workday's pages")
struct WorkdayPageTests {
    @Test("A request that does not say gets the first twenty")
    func standard() throws {
        let page = try WorkdayPage(limit: nil, offset: nil)
        #expect(page.limit == 20 && page.offset == 0)
    }

    @Test(
        "Limits from 1 to 100 and offsets from 0 are taken",
        arguments: [("1", "0"), ("100", "28780"), ("20", "9999999")]
    )
    func accepted(limit: String, offset: String) throws {
        let page = try WorkdayPage(limit: limit[...], offset: offset[...])
        #expect("\(page.limit)" == limit && "\(page.offset)" == offset)
    }

    @Test(
        "Others are refused, naming the parameter",
        arguments: [
            ("0", "0", "limit"), ("101", "0", "limit"), ("x", "0", "limit"), ("", "0", "limit"), ("5", "-1", "offset"),
            ("5", "1e3", "offset"),
        ]
    )
    func refused(limit: String, offset: String, field: String) {
        let fault = #expect(throws: WorkdayPage.Fault.self) { try WorkdayPage(limit: limit[...], offset: offset[...]) }
        #expect(fault?.field == field)
    }
}

@Suite("Tableau's sessions")
struct TableauSessionsTests {
    private func signIn(_ sessions: inout TableauSessions, secret: String? = nil, site: String = "campus") throws
        -> String
    {
        try sessions.signIn(
            name: CampusCredentials.demo.tableauTokenName,
            secret: secret ?? CampusCredentials.demo.tableauTokenSecret.reveal(),
            site: site
        )
    }

    @Test("A second sign-in with the same token ends the first session")
    func secondSignIn() throws {
        var sessions = TableauSessions(credentials: .demo, lifetime: 60)
        let first = try signIn(&sessions)
        try sessions.use(first)
        let second = try signIn(&sessions)
        #expect(throws: TableauSessions.Refusal.session) { try sessions.use(first) }
        try sessions.use(second)
    }

    @Test("A session ends by signing out, and by not being used")
    func end() throws {
        var sessions = TableauSessions(credentials: .demo, lifetime: 60)
        let token = try signIn(&sessions)
        let now = ContinuousClock.now
        try sessions.use(token, now: now.advanced(by: .seconds(50)))
        try sessions.use(token, now: now.advanced(by: .seconds(100)))
        #expect(throws: TableauSessions.Refusal.session) {
            try sessions.use(token, now: now.advanced(by: .seconds(161)))
        }
        let again = try signIn(&sessions)
        try sessions.signOut(again)
        #expect(throws: TableauSessions.Refusal.session) { try sessions.use(again) }
        #expect(throws: TableauSessions.Refusal.session) { try sessions.use(nil) }
    }

    @Test("A wrong secret or site is refused with 401001")
    func refused() {
        var sessions = TableauSessions(credentials: .demo, lifetime: 60)
        #expect(throws: TableauSessions.Refusal.signIn) { try signIn(&sessions, secret: "wrong") }
        #expect(throws: TableauSessions.Refusal.signIn) { try signIn(&sessions, site: "elsewhere") }
        #expect(TableauSessions.Refusal.signIn.code == "401001" && TableauSessions.Refusal.session.code == "401002")
    }
}

@Suite("Tableau's lists and answers")
struct TableauListTests {
    private let items = (1...5).map {
        TableauElement("view", [("id", "\($0)"), ("name", $0 % 2 == 0 ? "even" : "odd")])
    }

    @Test("A page has its part of the list, and says how many there are")
    func pages() throws {
        let document = try TableauListQuery(pageSize: "2", pageNumber: "3").list("views", items)
        #expect(document.elements[0].attributes.map(\.value) == ["3", "2", "5"])
        #expect(document.elements[1].children.map { $0.attributes[0].value } == ["5"])
    }

    @Test("A filter by name keeps those of that name")
    func filter() throws {
        let document = try TableauListQuery(filter: "name:eq:even").list("views", items)
        #expect(document.elements[1].children.count == 2)
        let none = try TableauListQuery(filter: "name:eq:nothing").list("views", items)
        #expect(none.elements[1].children.isEmpty && none.json.hasSuffix(#""views":{}}"#))
    }

    @Test("Sizes, numbers, pages and filters that cannot be are refused")
    func refused() {
        #expect(throws: TableauListQuery.Fault.self) { try TableauListQuery(pageSize: "1001") }
        #expect(throws: TableauListQuery.Fault.self) { try TableauListQuery(pageSize: "0") }
        #expect(throws: TableauListQuery.Fault.self) { try TableauListQuery(pageNumber: "0") }
        #expect(throws: TableauListQuery.Fault.self) { try TableauListQuery(filter: "name:has:x") }
        #expect(throws: TableauListQuery.Fault.self) { try TableauListQuery(pageNumber: "9").list("views", items) }
        #expect(throws: TableauListQuery.Fault.self) {
            try TableauListQuery(pageSize: "1000", pageNumber: "\(Int.max)"[...]).list("views", items)
        }
    }

    @Test("An answer is the same in XML and in JSON, escaped in each")
    func documents() {
        let document = TableauDocument(
            TableauElement(
                "a",
                [("b", "<\"&")],
                [TableauElement("list", [], [TableauElement("c", text: "x\n\u{1}\\")], isList: true)]
            )
        )
        #expect(
            document.xml
                == #"<?xml version="1.0" encoding="UTF-8"?><tsResponse xmlns="http://tableau.com/api"><a b="&lt;&quot;&amp;"><list><c>x"#
                + "\n\u{1}\\</c></list></a></tsResponse>"
        )
        #expect(document.json == #"{"a":{"b":"<\"&","list":{"c":["x\n\u0001\\"]}}}"#)
    }

    @Test("A sign-in is read from XML and from JSON; anything else is none")
    func signIns() {
        let xml = TableauSignIn(
            "<tsRequest><credentials personalAccessTokenName=\"a&amp;b\" personalAccessTokenSecret='s'><site contentUrl=\"c\" /></credentials></tsRequest>"
        )
        #expect(xml?.name == "a&b" && xml?.secret == "s" && xml?.site == "c")
        let json = TableauSignIn(
            #"{"credentials":{"personalAccessTokenName":"n","personalAccessTokenSecret":"s","site":{"contentUrl":""}}}"#
        )
        #expect(json?.name == "n" && json?.site == "")
        #expect(
            TableauSignIn("") == nil && TableauSignIn("{}") == nil
                && TableauSignIn("<credentials name=\"u\" password=\"p\"/>") == nil
        )
    }
}
