// The workbooks and views of the Tableau-compatible interface, and how lists of them are filtered and paged. No I/O.

/// A view of a workbook: the sheet whose data is served as CSV.
struct TableauView: Sendable {
    let id: String
    let name: String
    let workbook: String
    /// The file with its data.
    let file: String
}

/// A workbook.
struct TableauWorkbook: Sendable {
    let id: String
    let name: String
    let views: [TableauView]
}

/// The workbooks of the campus.
struct TableauCatalog: Sendable {
    static let site = "5a1b6f5e-2f0c-4a37-9a3d-7d3b0c6f1e01"
    static let user = "0f6f3b9c-6a0e-4c8e-8d33-0b7f5a4f2c02"
    private static let project = "c2f7d1a4-93b5-4a6e-b1c8-1e8c1f0a5b03"
    private static let updated = Campus.date + "T06:00:00Z"

    let workbooks: [TableauWorkbook] = [
        TableauWorkbook(
            id: "8d2d4f0e-7c55-4d2b-a8a9-6f1d2f3a4b10",
            name: "student_analytics",
            views: [
                TableauView(
                    id: "1e9a7c52-0d3f-4f6b-9c1e-2a5b8c7d6e11",
                    name: "Students",
                    workbook: "8d2d4f0e-7c55-4d2b-a8a9-6f1d2f3a4b10",
                    file: "student_analytics.csv"
                )
            ]
        ),
        TableauWorkbook(
            id: "3b6c9e7a-5f1d-4e8a-b2c4-9d8e7f6a5b20",
            name: "job_market_trends",
            views: [
                TableauView(
                    id: "7f4e2d1c-8b9a-4c5d-8e6f-3a2b1c0d9e21",
                    name: "Trends",
                    workbook: "3b6c9e7a-5f1d-4e8a-b2c4-9d8e7f6a5b20",
                    file: "job_market_trends.csv"
                )
            ]
        ),
    ]

    var views: [TableauView] { workbooks.flatMap(\.views) }

    // MARK: Elements

    func element(_ workbook: TableauWorkbook) -> TableauElement {
        TableauElement(
            "workbook",
            [
                ("id", workbook.id), ("name", workbook.name), ("contentUrl", workbook.name), ("showTabs", "false"),
                ("size", "1"), ("createdAt", Self.updated), ("updatedAt", Self.updated),
                ("defaultViewId", workbook.views.first?.id ?? ""),
            ],
            [
                TableauElement("project", [("id", Self.project), ("name", "Campus")]),
                TableauElement("owner", [("id", Self.user)]), TableauElement("tags", isList: true),
            ]
        )
    }

    func element(_ view: TableauView) -> TableauElement {
        let workbook = workbooks.first { $0.id == view.workbook }?.name ?? ""
        return TableauElement(
            "view",
            [
                ("id", view.id), ("name", view.name), ("contentUrl", "\(workbook)/sheets/\(view.name)"),
                ("viewUrlName", view.name), ("createdAt", Self.updated), ("updatedAt", Self.updated),
            ],
            [
                TableauElement("workbook", [("id", view.workbook)]), TableauElement("owner", [("id", Self.user)]),
                TableauElement("project", [("id", Self.project)]), TableauElement("tags", isList: true),
            ]
        )
    }
}

/// What part of a list a request asks for.
struct TableauListQuery: Sendable, Equatable {
    /// A parameter that is not what it may be; the codes are Tableau's.
    struct Fault: Error, Equatable {
        let code: String
        let detail: String
    }

    var pageSize = 100
    var pageNumber = 1
    /// Attribute and value of each `eq` filter.
    var filters: [[String]] = []

    init(pageSize: Substring? = nil, pageNumber: Substring? = nil, filter: Substring? = nil) throws(Fault) {
        if let pageSize {
            guard let number = Int(pageSize), (1...1000).contains(number) else {
                throw Fault(code: "400007", detail: "pageSize must be a number, 1 to 1000")
            }
            self.pageSize = number
        }
        if let pageNumber {
            guard let number = Int(pageNumber), number >= 1 else {
                throw Fault(code: "400006", detail: "pageNumber must be a number, 1 or more")
            }
            self.pageNumber = number
        }
        for part in (filter ?? "").split(separator: ",") {
            let pieces = part.split(separator: ":", maxSplits: 2).map(String.init)
            guard pieces.count == 3, pieces[1] == "eq",
                ["name", "contentUrl", "viewUrlName", "workbookName"].contains(pieces[0])
            else { throw Fault(code: "400000", detail: "the filter \"\(part)\" is not supported; use name:eq:…") }
            filters.append([pieces[0], pieces[2]])
        }
    }

    /// The list of the elements that pass the filters, with its pagination. A page behind the last is an error.
    func list(_ name: String, _ elements: [TableauElement]) throws(Fault) -> TableauDocument {
        let passed = elements.filter { element in
            filters.allSatisfy { filter in element.attributes.contains { $0.name == filter[0] && $0.value == filter[1] }
            }
        }
        let start = (pageNumber - 1).multipliedReportingOverflow(by: pageSize)
        guard !start.overflow, start.partialValue == 0 || start.partialValue < passed.count else {
            throw Fault(code: "400006", detail: "there is no page \(pageNumber)")
        }
        return TableauDocument(
            TableauElement(
                "pagination",
                [("pageNumber", "\(pageNumber)"), ("pageSize", "\(pageSize)"), ("totalAvailable", "\(passed.count)")]
            ),
            TableauElement(name, [], Array(passed.dropFirst(start.partialValue).prefix(pageSize)), isList: true)
        )
    }
}
