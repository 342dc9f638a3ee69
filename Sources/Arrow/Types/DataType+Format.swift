// Types as the C data interface's format strings, both ways.

extension DataType {
    /// Reads a format string.
    ///
    /// - Parameters:
    ///   - format: as in the C data interface, such as `"tsu:UTC"`.
    ///   - children: the fields of a nested type.
    ///   - keysSorted: for a map, whether its keys are sorted.
    /// - Throws: ``ArrowError/Code/malformed`` if a parameter or a child is missing. A format that is well formed
    ///   but unknown gives ``DataType/other(format:)``.
    public init(format: String, children: [Field] = [], keysSorted: Bool = false) throws(ArrowError) {
        if let simple = DataType.simpleFormats[format] {
            self = simple
            return
        }
        func malformed(_ what: String) -> ArrowError {
            ArrowError(.malformed, "the format \"\(format)\" \(what)")
        }
        let (head, parameter) = DataType.split(format)
        switch head {
        case "d":
            let numbers = parameter.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
            guard numbers.count == 2 || numbers.count == 3, let precision = numbers[0], let scale = numbers[1] else {
                throw malformed("is not d:precision,scale[,bits]")
            }
            switch numbers.count == 3 ? numbers[2] : 128 {
            case 32: self = .decimal32(precision: precision, scale: scale)
            case 64: self = .decimal64(precision: precision, scale: scale)
            case 128: self = .decimal128(precision: precision, scale: scale)
            case 256: self = .decimal256(precision: precision, scale: scale)
            default: throw malformed("has an unknown width")
            }
        case "w":
            guard let width = Int(parameter), width >= 0 else { throw malformed("has no width") }
            self = .fixedSizeBinary(width)
        case "tss", "tsm", "tsu", "tsn":
            let unit: TimeUnit =
                switch head {
                case "tss": .second
                case "tsm": .millisecond
                case "tsu": .microsecond
                default: .nanosecond
                }
            self = .timestamp(unit, timezone: parameter.isEmpty ? nil : parameter)
        case "+l", "+L", "+w", "+m":
            guard children.count == 1, let child = children.first else { throw malformed("wants one child") }
            switch head {
            case "+l": self = .list(child)
            case "+L": self = .largeList(child)
            case "+m": self = .map(child, keysSorted: keysSorted)
            default:
                guard let count = Int(parameter), count >= 0 else { throw malformed("has no length") }
                self = .fixedSizeList(child, count)
            }
        case "+s":
            self = .structure(children)
        case "+ud", "+us":
            let codes = parameter.isEmpty ? [] : parameter.split(separator: ",").compactMap { Int($0) }
            guard codes.count == children.count else { throw malformed("names another number of types than children") }
            self = .union(isDense: head == "+ud", typeCodes: codes, fields: children)
        default:
            self = .other(format: format)
        }
    }

    /// The format string of the type; for a dictionary, of its index.
    public var format: String {
        switch self {
        case .decimal32(let precision, let scale): "d:\(precision),\(scale),32"
        case .decimal64(let precision, let scale): "d:\(precision),\(scale),64"
        case .decimal128(let precision, let scale): "d:\(precision),\(scale)"
        case .decimal256(let precision, let scale): "d:\(precision),\(scale),256"
        case .fixedSizeBinary(let width): "w:\(width)"
        case .timestamp(let unit, let timezone): "ts\(unit.letter):\(timezone ?? "")"
        case .list: "+l"
        case .largeList: "+L"
        case .fixedSizeList(_, let count): "+w:\(count)"
        case .structure: "+s"
        case .map: "+m"
        case .dictionary(let index, _): index.format
        case .union(let isDense, let codes, _):
            (isDense ? "+ud:" : "+us:") + codes.map(String.init).joined(separator: ",")
        case .other(let format): format
        default: DataType.formatsOfSimple[self] ?? "n"
        }
    }

    private static func split(_ format: String) -> (head: String, parameter: String) {
        guard let colon = format.firstIndex(of: ":") else { return (format, "") }
        return (String(format[..<colon]), String(format[format.index(after: colon)...]))
    }

    private static let simpleFormats: [String: DataType] = [
        "n": .null, "b": .bool, "c": .int8, "C": .uint8, "s": .int16, "S": .uint16, "i": .int32, "I": .uint32,
        "l": .int64, "L": .uint64, "e": .float16, "f": .float32, "g": .float64, "z": .binary, "Z": .largeBinary,
        "vz": .binaryView, "u": .utf8, "U": .largeUtf8, "vu": .utf8View, "tdD": .date32, "tdm": .date64,
        "tts": .time32(.second), "ttm": .time32(.millisecond), "ttu": .time64(.microsecond),
        "ttn": .time64(.nanosecond), "tDs": .duration(.second), "tDm": .duration(.millisecond),
        "tDu": .duration(.microsecond), "tDn": .duration(.nanosecond), "tiM": .interval(.months),
        "tiD": .interval(.dayTime), "tin": .interval(.monthDayNano),
    ]

    private static let formatsOfSimple: [DataType: String] = Dictionary(
        uniqueKeysWithValues: simpleFormats.map { ($0.value, $0.key) }
    )
}

extension TimeUnit {
    var letter: String {
        switch self {
        case .second: "s"
        case .millisecond: "m"
        case .microsecond: "u"
        case .nanosecond: "n"
        }
    }
}
