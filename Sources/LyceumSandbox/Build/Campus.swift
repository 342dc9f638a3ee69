// A campus to try Lyceum on: made once, used again while its arguments and data stay the same.

import Foundation
import LyceumCore

/// A campus made of real data: a student database, and the records of a Workday- and a Tableau-compatible interface.
///
/// Names and e-mail addresses are made up; every number is OULAD's, every announcement one of USAJobs (see the
/// attribution that comes with the data). Equal size and seed give equal rows.
public struct Campus: Sendable {
    /// The day it is at the campus: postings whose deadline has passed on it are closed.
    public static let date = "2024-12-01"

    /// What to tell whoever looks at the data.
    public static let notice =
        "Names and e-mail addresses are made up. Figures: OULAD (Kuzilek, Hlosta, Zdrahal 2017, CC BY 4.0), USAJobs "
        + "(public domain), O*NET 29.2 (US DOL/ETA, CC BY 4.0). It is \(date) here."

    /// How large it is.
    public let size: CampusSize
    /// Where it is.
    public let location: CampusLocation
    /// The seed it was made with.
    public let seed: String
    /// Rows by raw table name, `oracle_students` to `tableau_job_market_trends`, with the faults.
    public let counts: [String: Int64]
    /// The faults in it.
    public let dirt: DirtReport
    /// A digest of everything it was made from.
    public let fingerprint: String
    /// Whether it was there already.
    public let wasReused: Bool

    /// All records of all sources.
    public var records: Int64 { counts.values.reduce(0, +) }

    /// Which O*NET skills each description names: a Parquet file of `job_posting_id, skill, kind`, not served.
    public var answerKey: URL { location.records.appending(path: "answer_key.parquet") }

    /// Makes a campus, or finds the one that is there if it was made with the same arguments and data.
    ///
    /// - Parameters:
    ///   - size: how many students, postings, courses and programmes.
    ///   - location: the folder for its files, and the student database.
    ///   - seed: another seed gives other names, programmes, skills and faults.
    ///   - progress: is told what is being done, and how much of the whole is done (0 to 1).
    /// - Throws: ``SandboxError``; `CancellationError` if the task is cancelled. What was there before then stays.
    public static func prepare(
        size: CampusSize,
        location: CampusLocation,
        seed: String = "lyceum",
        progress: @escaping @Sendable (_ step: String, _ done: Double) -> Void = { _, _ in }
    ) async throws -> Campus {
        let resources = try CampusResources.bundled()
        let fingerprint = try fingerprint(size: size, seed: seed, resources: resources)
        let registrar = Registrar(location: location.registrar)
        if let manifest = CampusManifest.read(location.manifest), manifest.fingerprint == fingerprint,
            CampusBuilder.recordFiles.allSatisfy({
                FileManager.default.fileExists(atPath: location.records.appending(path: $0).path)
            }), await registrar.holds(fingerprint)
        {
            return Campus(manifest, location, wasReused: true)
        }
        let builder = CampusBuilder(
            resources: resources,
            size: size,
            location: location,
            seed: seed,
            fingerprint: fingerprint,
            registrar: registrar
        )
        let manifest = try await builder.build(progress: progress)
        return Campus(manifest, location, wasReused: false)
    }

    private init(_ manifest: CampusManifest, _ location: CampusLocation, wasReused: Bool) {
        self.size = manifest.size
        self.location = location
        self.seed = manifest.seed
        self.counts = manifest.counts
        self.dirt = manifest.dirt
        self.fingerprint = manifest.fingerprint
        self.wasReused = wasReused
    }

    private static func fingerprint(
        size: CampusSize,
        seed: String,
        resources: CampusResources
    ) throws(SandboxError) -> String {
        ContentHash.of(parts: [
            "campus \(CampusManifest.currentFormat)",
            "\(size.students) \(size.postings) \(size.courses) \(size.programmes)",
            seed, date, try resources.digest(),
        ])
    }
}
