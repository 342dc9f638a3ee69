// What a request can ask besides words: fields, totals, chosen facet values, ranges, statistics, places, similar documents.

import Foundation
import Testing

@testable import LyceumSearch

@Suite struct RequestTests {
    let folder: IndexFolder
    let snapshot: Snapshot
    let jobs: LyceumSearch.Collection

    init() throws {
        folder = try IndexFolder()
        snapshot = try Campus.snapshot(in: folder, [(.jobs, Campus.jobs), (.courses, [])])
        jobs = try #require(snapshot.collection("jobs"))
    }

    func ids(_ request: SearchRequest) throws -> [String] { try jobs.search(request).hits.map(\.id) }

    func error(_ request: SearchRequest) -> SearchError? {
        do { _ = try jobs.search(request) } catch { return error as? SearchError }
        return nil
    }

    @Test("only the fields asked for are returned, in the document's own shape")
    func fields() throws {
        func document(_ fields: [String]) throws -> String {
            let hit = try #require(
                try jobs.search(SearchRequest(query: "c++", mode: .keyword, fields: fields)).hits.first
            )
            return String(decoding: hit.document, as: UTF8.self)
        }
        #expect(
            try document(["title", "skills"]) == #"{"requirements":{"skills":["C++","Linux"]},"title":"C++ Developer"}"#
        )
        #expect(try document(["metadata.status", "nothing"]) == #"{"metadata":{"status":"open"}}"#)
        #expect(try document(["metadata"]).hasPrefix(#"{"metadata":{"application_deadline""#))
        #expect(try document(["nothing"]) == "{}")
        #expect(try document([]) == "")
        let json = try jobs.search(SearchRequest(limit: 1, fields: [])).json()
        #expect(String(decoding: json, as: UTF8.self).contains(#""hits":[{"id":"J1","score":0.0}]"#))
    }

    @Test("what is chosen of a facet restricts the hits and the other facets, but not its own counts")
    func disjunctiveFacets() throws {
        for query in ["", "data c++ nurse programmer"] {
            let request = SearchRequest(
                query: query,
                facets: ["company", "status", "skills"],
                mode: .keyword,
                facetFilters: ["company": ["globex", "Initech"], "status": ["open"]]
            )
            let result = try jobs.search(request)
            #expect(Set(result.hits.map(\.id)) == ["J2", "J3", "J6"] && result.total == 3)
            let companies = Dictionary(
                uniqueKeysWithValues: (result.facets["company"] ?? []).map { ($0.value, $0.count) }
            )
            // Open ones of all companies: J4 of Initech is closed.
            #expect(companies == ["Globex": 2, "Acme": 1, "Initech": 1, "Mercy": 1])
            let states = Dictionary(uniqueKeysWithValues: (result.facets["status"] ?? []).map { ($0.value, $0.count) })
            #expect(states == ["open": 3, "closed": 1])
            #expect(result.facets["skills"]?.contains(FacetCount(value: "C", count: 1)) == false)
        }
    }

    @Test("ranges of numbers and dates are counted, and statistics taken, over all matches")
    func ranges() throws {
        let result = try jobs.search(
            SearchRequest(
                filter: "status = open",
                limit: 1,
                rangeFacets: [
                    RangeFacet("salary_min", bounds: [80_000, 130_000]),
                    RangeFacet(
                        "posting_date",
                        [.init(to: .text("2026")), .init(from: .text("2026-01"), to: .text("2026-02"))]
                    ),
                ],
                statistics: ["salary_min", "posting_date"]
            )
        )
        #expect(result.rangeFacets["salary_min"]?.map(\.count) == [1, 1, 1])
        #expect(result.rangeFacets["posting_date"]?.map(\.count) == [1, 3])
        let salaries = try #require(result.statistics["salary_min"])
        #expect(salaries.count == 3 && salaries.minimum == 60_000 && salaries.maximum == 130_000)
        #expect(abs(salaries.mean - 280_000.0 / 3) < 1e-6)
        #expect(result.statistics["posting_date"]?.minimum == 1_767_139_200)
        let parsed = try JSONSerialization.jsonObject(with: result.json()) as? [String: Any]
        #expect(parsed?["range_facets"] != nil && parsed?["statistics"] != nil)
        for request in [
            SearchRequest(rangeFacets: [RangeFacet("skills", bounds: [1])]),
            SearchRequest(rangeFacets: [RangeFacet("posting_date", [.init(from: .text("soon"))])]),
            SearchRequest(statistics: ["title"]),
        ] { #expect(error(request)?.code == .invalidRequest) }
        #expect(error(SearchRequest(statistics: ["sallary_min"]))?.code == .unknownField)
    }

    @Test("a search whose time is up says that it is partial")
    func budget() throws {
        let late = try jobs.search(SearchRequest(query: "data engineer nurse", mode: .keyword, budget: .nanoseconds(1)))
        #expect(late.isPartial && !late.isTotalExact)
        let text = String(decoding: late.json(), as: UTF8.self)
        #expect(text.contains(#""partial":true"#))
        let timely = try jobs.search(SearchRequest(query: "data engineer nurse", mode: .keyword, budget: .seconds(60)))
        #expect(!timely.isPartial && timely.total == 4)
        #expect(error(SearchRequest(budget: .zero))?.code == .invalidRequest)
    }

    @Test(
        "places filter by distance",
        arguments: [
            ("GEO(position, \"Boston, MA\", 50 km)", ["J1", "J3", "J6"]),
            ("geo(location, \"Cambridge, Massachusetts\", 20km)", ["J1", "J3", "J6"]),
            ("geo(location, 40.7, -74.0, 10 mi)", ["J2"]),
            ("NOT geo(location, 'New York', 400 km)", ["J4", "J5"]),
            ("geo(location, \"Zurich, Switzerland\", 1000 m)", ["J5"]),
            ("EXISTS position AND NOT geo(position, \"Boston\", 1 km)", ["J2", "J5"]),
            ("company CONTAINS \"ITEC\"", ["J3", "J4"]),
            ("company STARTS WITH glo AND skills NOT CONTAINS \"tab\"", ["J2"]),
        ]
    )
    func places(_ filter: String, _ expected: [String]) throws {
        #expect(try ids(SearchRequest(filter: filter)) == expected)
        // A filter's own text reads back to the same filter.
        let parsed = try Filter.parse(filter, schema: jobs.schema)
        #expect(try Filter.parse(parsed.description, schema: jobs.schema) == parsed)
    }

    @Test(
        "conditions on places that make no sense are refused where they stand",
        arguments: [
            ("geo(position, \"Nowhere Land, ZZ\", 5 km)", "unknown_place", "filter:15"),
            ("geo(title, \"Boston\", 5 km)", "invalid_filter", "filter:5"),
            ("geo(position, 95, 0, 5 km)", "invalid_filter", "filter:15"),
            ("geo(position, 1, 2, 5 parsec)", "invalid_filter", "filter:21"),
            ("geo(position, 1, 2, -5)", "invalid_filter", "filter:21"),
            ("position = 1", "invalid_filter", "filter:12"),
            ("title CONTAINS x", "invalid_filter", "filter:7"),
        ]
    )
    func badPlaces(_ filter: String, _ code: String, _ location: String) {
        let error = error(SearchRequest(filter: filter))
        #expect(error?.code.description == code && error?.location == location, "\(String(describing: error))")
        #expect(error?.isCallersFault == true)
    }

    @Test("documents are sorted by distance, those without a position last")
    func distances() throws {
        #expect(try ids(SearchRequest(sort: [SortKey("distance(location, \"Newark, NJ\")")])).first == "J2")
        let away = try ids(SearchRequest(sort: [SortKey("-distance(position, 42.36, -71.06)"), SortKey("company")]))
        #expect(away == ["J5", "J2", "J1", "J6", "J3", "J4"])
        var seen: [String] = []
        var request = SearchRequest(
            sort: [SortKey("-distance(position, 42.36, -71.06)"), SortKey("company")],
            limit: 2
        )
        repeat {
            let page = try jobs.search(request)
            seen += page.hits.map(\.id)
            request.cursor = page.nextCursor
        } while request.cursor != nil
        #expect(seen == away)
        #expect(error(SearchRequest(sort: [SortKey("distance(skills, 1, 2)")]))?.code == .invalidRequest)
        #expect(error(SearchRequest(sort: [SortKey("distance(position, Nowhere at all)")]))?.code == .unknownPlace)
        #expect(error(SearchRequest(sort: [SortKey("position")]))?.code == .invalidRequest)
    }

    @Test(
        "the gazetteer knows places by city, state and country",
        arguments: [
            ("Boston, MA", 42.36, -71.06), ("boston", 42.36, -71.06), ("Boston, United Kingdom", 52.98, -0.03),
            ("New York, NY", 40.71, -74.01), ("St. Louis, Missouri, USA", 38.63, -90.2),
            ("Saint Louis, MO", 38.63, -90.2),
            ("ZURICH", 47.37, 8.55), ("London, ON", 42.98, -81.23), ("Milton Keynes, England", 52.04, -0.76),
            ("Fort Worth, TX", 32.73, -97.32), ("Casablanca, Morocco", 33.59, -7.61),
        ]
    )
    func gazetteer(_ name: String, _ latitude: Double, _ longitude: Double) throws {
        let point = try #require(Gazetteer.bundled.point(named: name))
        #expect(abs(point.latitude - latitude) < 0.05 && abs(point.longitude - longitude) < 0.05, "\(point)")
    }

    @Test(
        "what is no place, or lies in another state than it says, has no position",
        arguments: [
            "", ",", "Remote", "MA", "Boston, TX, Mars", "Anywhere, ZZ", "Springfield, HI",
        ]
    )
    func noPlace(_ name: String) { #expect(Gazetteer.bundled.point(named: name) == nil) }

    @Test("distances are those of the haversine formula")
    func haversine() throws {
        let paris = try #require(GeoPoint(latitude: 48.8566, longitude: 2.3522))
        let london = try #require(GeoPoint(latitude: 51.5074, longitude: -0.1278))
        #expect(abs(paris.distance(to: london) - 343_557) < 100)
        #expect(paris.distance(to: paris) == 0)
        let pole = try #require(GeoPoint(latitude: 90, longitude: 0))
        let other = try #require(GeoPoint(latitude: -90, longitude: 77))
        #expect(abs(pole.distance(to: other) - .pi * GeoPoint.earthRadius) < 1)
        #expect(GeoPoint(latitude: 91, longitude: 0) == nil && GeoPoint(latitude: .nan, longitude: 0) == nil)
    }

    @Test("similar documents share words or meaning, and are not the document itself")
    func similar() throws {
        let result = try jobs.similar(to: "J1", SearchRequest(filter: "status = open", limit: 2, fields: ["title"]))
        #expect(Set(result.hits.map(\.id)) == ["J2", "J6"])
        #expect(throws: SearchError.self) { try jobs.similar(to: "J99") }
    }

    @Test("several searches see one state, and merge by rank and weight")
    func multi() throws {
        let searches = [
            CollectionSearch("jobs", SearchRequest(query: "nurse", mode: .keyword)),
            CollectionSearch("courses", SearchRequest(query: "nurse")),
            CollectionSearch("jobs", SearchRequest(query: "developer", mode: .keyword), weight: 2),
        ]
        #expect(try snapshot.search(searches).map { $0.hits.map(\.id) } == [["J5"], [], ["J3"]])
        let merged = try snapshot.mergedSearch(searches, limit: 2)
        #expect(merged.map(\.hit.id) == ["J3", "J5"])
        #expect(merged[0].mergedScore > merged[1].mergedScore)
        let bad = searches + [CollectionSearch("jobs", SearchRequest(filter: "x = 1"))]
        do {
            _ = try snapshot.search(bad)
            Issue.record("an unknown field was accepted")
        } catch let error as SearchError {
            #expect(error.location == "search 4, filter:1" && error.code == .unknownField)
        }
    }

    @Test("a condition's bitmap is remembered, and the memory is bounded")
    func bitmapCache() {
        let cache = BitmapCache(documentCount: 1 << 23)
        for number in 0..<100 {
            cache[.compare(field: "a", .equal, .number(Double(number)))] = Bitmap(size: number + 1, filled: true)
        }
        #expect(cache.count <= cache.capacity && cache.capacity == 4)
        #expect(cache[.compare(field: "a", .equal, .number(99))]?.count == 100)
        #expect(cache[.compare(field: "a", .equal, .number(1))] == nil)
    }
}
