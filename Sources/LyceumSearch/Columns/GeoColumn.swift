// A column of positions.

import Foundation

/// Positions, one a document, in degrees; NaN where a document has none. Single precision is right to within two metres.
struct GeoColumn: Sendable {
    private let latitudes: FixedColumn<Float>
    private let longitudes: FixedColumn<Float>

    init(_ segment: SegmentReader, field: Int, documentCount: Int) throws {
        latitudes = try FixedColumn(segment, section: "\(field).lat", documentCount: documentCount)
        longitudes = try FixedColumn(segment, section: "\(field).lon", documentCount: documentCount)
    }

    /// The position of a document, nil when it has none.
    func point(_ document: Int) -> GeoPoint? {
        GeoPoint(latitude: Double(latitudes.values[document]), longitude: Double(longitudes.values[document]))
    }

    /// The distance of a document from a place in metres, NaN when it has no position.
    func distance(_ document: Int, from origin: GeoPoint) -> Double {
        point(document).map { $0.distance(to: origin) } ?? .nan
    }

    /// Documents within `radius` metres of a place.
    ///
    /// Latitudes rule most documents out without any trigonometry: a degree is never less than 110 km.
    func within(_ radius: Double, of origin: GeoPoint) -> Bitmap {
        let count = latitudes.values.count
        var near = Bitmap(size: count)
        let span = Float(radius / 110_000)
        let centre = Float(origin.latitude)
        // NaN compares as false.
        near.fill(latitudes.values) { abs($0 - centre) <= span }
        var result = Bitmap(size: count)
        near.forEach { document in
            if distance(document, from: origin) <= radius { result.insert(document) }
            return true
        }
        return result
    }

    /// Documents that have a position.
    func present() -> Bitmap {
        var result = Bitmap(size: latitudes.values.count)
        result.fill(latitudes.values) { !$0.isNaN }
        return result
    }
}
