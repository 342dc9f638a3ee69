// When a new API key ends, as people write it.

import ArgumentParser
import Foundation
import LyceumCore

/// A time from now, a last day, a point in time, or never.
enum KeyExpiry: ExpressibleByArgument, Equatable {
    case never
    case after(hours: Int)
    case at(Date)

    /// So many days from now.
    static func after(days: Int) -> KeyExpiry { .after(hours: days * 24) }

    /// Reads `never`, `12h`, `90d`, `52w`, `2027-06-30` (through the end of that day, UTC) or `2027-06-30T12:00:00Z`.
    init?(argument: String) {
        if argument == "never" {
            self = .never
        } else if let match = argument.wholeMatch(of: /([1-9][0-9]{0,5})([hdw])/), let number = Int(match.1) {
            self = .after(hours: number * (match.2 == "h" ? 1 : match.2 == "d" ? 24 : 168))
        } else if argument.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil {
            guard let day = Timestamp.parse(argument + "T00:00:00Z"), Timestamp.day(day) == argument else { return nil }
            self = .at(day.addingTimeInterval(86_400))
        } else if let time = Timestamp.parse(argument) {
            self = .at(time)
        } else {
            return nil
        }
    }

    var defaultValueDescription: String {
        switch self {
        case .never: "never"
        case .after(let hours): hours.isMultiple(of: 24) ? "\(hours / 24)d" : "\(hours)h"
        case .at(let date): Timestamp.iso(date)
        }
    }

    /// The time itself; nil for never.
    func date(from now: Date) -> Date? {
        switch self {
        case .never: nil
        case .after(let hours): now.addingTimeInterval(Double(hours) * 3600)
        case .at(let date): date
        }
    }
}
