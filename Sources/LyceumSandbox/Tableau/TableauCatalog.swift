// The workbooks and views of the Tableau-compatible interface, and how lists of them are filtered and paged. No I/O.

import Foundation

/// A view of a workbook: the sheet whose data is served as CSV.
struct TableauView: Sendable {
    let id: String
    let name: String
    let workbook: String
    /// The file with its data.
    let file: String
    /// Its columns.
    let fields: [TableauField]
}

/// A column of a view or of a published data source.
struct TableauField: Sendable {
    /// Its name, as people see it.
    let caption: String
    /// Its type in a published data source: `STRING`, `INTEGER` or `REAL`. A view's CSV is text.
    let type: String
}

/// A published data source, with the rows of a view, typed.
struct TableauDatasource: Sendable {
    let id: String
    let name: String
    let view: TableauView
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
                    file: "student_analytics.csv",
                    fields: Self.fields(
                        "Student-Id Performance-Score:REAL Engagement-Level Learning-Style",
                        "Assessments-Submitted:INTEGER Mean-Days-Early:REAL Last-Activity"
                    )
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
                    file: "job_market_trends.csv",
                    fields: Self.fields("Occupation Month Postings:INTEGER Share:REAL Growth:REAL")
                )
            ]
        ),
    ]

    var views: [TableauView] { workbooks.flatMap(\.views) }

    /// A published data source for each view, named after its workbook.
    var datasources: [TableauDatasource] {
        zip(
            workbooks,
            ["b1f0c9d2-4e5a-4b6c-8d7e-9f0a1b2c3d30", "c2e1d0b3-5f6b-4c7d-9e8f-0a1b2c3d4e31"]
        ).compactMap { workbook, id in
            workbook.views.first.map { TableauDatasource(id: id, name: workbook.name, view: $0) }
        }
    }

    /// Captions with their types behind a colon; hyphens stand for spaces, and without a type it is text.
    private static func fields(_ lines: String...) -> [TableauField] {
        lines.joined(separator: " ").split(separator: " ").map { (entry: Substring) in
            let parts = entry.split(separator: ":" as Character)
            return TableauField(
                caption: String(parts[0]).replacing("-", with: " "),
                type: parts.count > 1 ? String(parts[1]) : "STRING"
            )
        }
    }

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

    func element(_ datasource: TableauDatasource) -> TableauElement {
        TableauElement(
            "datasource",
            [
                ("id", datasource.id), ("name", datasource.name), ("contentUrl", datasource.name), ("type", "hyper"),
                ("createdAt", Self.updated), ("updatedAt", Self.updated), ("hasExtracts", "true"),
                ("isCertified", "false"), ("encryptExtracts", "false"), ("useRemoteQueryAgent", "false"),
                ("webpageUrl", ""),
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

/// A filter on a view's data, `vf_<Field>=value,value`; a comma inside a value has a backslash before it.
struct TableauViewFilter: Sendable, Equatable {
    var field: String
    var values: [String]

    /// The filters of a query string.
    static func read(_ query: String) -> [TableauViewFilter] {
        query.split(separator: "&").compactMap { item in
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                $0.replacing("+", with: " ").removingPercentEncoding ?? String($0)
            }
            guard parts.count == 2, parts[0].hasPrefix("vf_") else { return nil }
            let values = parts[1].replacing("\\,", with: "\u{0}").split(
                separator: ",",
                omittingEmptySubsequences: false
            )
            return TableauViewFilter(
                field: String(parts[0].dropFirst(3)),
                values: values.map { String($0).replacing("\u{0}", with: ",") }
            )
        }
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
