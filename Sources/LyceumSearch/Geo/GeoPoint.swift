// A place on the earth, and distances between places.

import Foundation

/// A position in degrees, WGS 84.
public struct GeoPoint: Sendable, Hashable, Codable {
    /// Degrees north of the equator, -90 to 90.
    public var latitude: Double
    /// Degrees east of Greenwich, -180 to 180.
    public var longitude: Double

    /// Makes a point; nil when it is none on the earth.
    public init?(latitude: Double, longitude: Double) {
        guard (-90...90).contains(latitude), (-180...180).contains(longitude) else { return nil }
        self.latitude = latitude
        self.longitude = longitude
    }

    /// The earth's mean radius in metres (IUGG).
    static let earthRadius = 6_371_008.8

    /// Metres along the great circle, by the haversine formula (Sinnott, "Virtues of the Haversine", 1984); the earth taken for a
    /// sphere, which is right to within 0.5 %.
    public func distance(to other: GeoPoint) -> Double {
        let radian = Double.pi / 180
        let dLatitude = sin((other.latitude - latitude) * radian / 2)
        let dLongitude = sin((other.longitude - longitude) * radian / 2)
        let chord =
            dLatitude * dLatitude + cos(latitude * radian) * cos(other.latitude * radian) * dLongitude * dLongitude
        return 2 * Self.earthRadius * asin(min(1, chord.squareRoot()))
    }
}
