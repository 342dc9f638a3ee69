// What the search page offers in each collection.

import LyceumSearch

/// The ways to narrow and order a search, of those that the fields a caller may name allow.
struct SearchOffer: Sendable {
    /// A number or date field that is narrowed from one value to another.
    struct Range: Sendable {
        let field: String
        let label: String
        let isDate: Bool
    }

    /// An order of the hits.
    struct Order: Sendable {
        /// The sort key, empty for the best first.
        let key: String
        let label: String
    }

    let facets: [String]
    let ranges: [Range]
    let orders: [Order]
    /// The names of all fields that a filter may use.
    let filterable: [String]

    init(_ collection: CollectionName, _ fields: [FieldDefinition]) {
        let names = Set(fields.map(\.name))
        facets = Array(fields.filter(\.isFacet).map(\.name).prefix(16))
        ranges = Self.ranges(collection).filter { names.contains($0.field) }
        orders =
            [Order(key: "", label: "Best match")]
            + Self.orders(collection).filter {
                names.contains($0.key.hasPrefix("-") ? String($0.key.dropFirst()) : $0.key)
            }
        filterable = fields.filter { field in
            if case .text = field.kind { return false }
            return true
        }.map(\.name)
    }

    private static func ranges(_ collection: CollectionName) -> [Range] {
        switch collection {
        case .students:
            [
                Range(field: "gpa", label: "GPA", isDate: false),
                Range(field: "credits", label: "Credits", isDate: false),
                Range(field: "graduation_date", label: "Graduation", isDate: true),
            ]
        case .jobs:
            [
                Range(field: "salary_min", label: "Salary", isDate: false),
                Range(field: "posting_date", label: "Posted", isDate: true),
            ]
        case .courses: [Range(field: "credits", label: "Credits", isDate: false)]
        }
    }

    private static func orders(_ collection: CollectionName) -> [Order] {
        switch collection {
        case .students:
            [
                Order(key: "-gpa", label: "Highest GPA"), Order(key: "graduation_date", label: "Next to graduate"),
                Order(key: "-performance_score", label: "Highest performance"),
            ]
        case .jobs:
            [
                Order(key: "-posting_date", label: "Newest"), Order(key: "-salary_min", label: "Highest salary"),
                Order(key: "application_deadline", label: "Closing soonest"),
            ]
        case .courses: [Order(key: "-credits", label: "Most credits"), Order(key: "credits", label: "Fewest credits")]
        }
    }
}
