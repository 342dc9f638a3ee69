// Schemas through the C data interface: import copies, export allocates and frees with the release callback.

import CArrow

extension Schema {
    /// Copies a schema out of the C data interface; `pointer` stays the caller's to release.
    ///
    /// - Throws: ``ArrowError/Code/malformed`` if it is not a schema of a record batch.
    public init(importing pointer: UnsafePointer<ArrowSchema>) throws(ArrowError) {
        let root = try Field(importing: pointer)
        guard case .structure(let fields) = root.type else {
            throw ArrowError(.malformed, "a stream of batches wants a struct at its root, not \(root.type)")
        }
        self.init(fields, metadata: root.metadata)
    }

    /// Fills `pointer` with this schema; whoever receives it calls its release callback once.
    public func export(to pointer: UnsafeMutablePointer<ArrowSchema>) {
        Field("", .structure(fields), isNullable: false, metadata: metadata).export(to: pointer)
    }
}

extension Field {
    /// Copies a field out of the C data interface; `pointer` stays the caller's to release.
    public init(importing pointer: UnsafePointer<ArrowSchema>) throws(ArrowError) {
        let schema = pointer.pointee
        guard schema.release != nil, let formatBytes = schema.format else {
            throw ArrowError(.malformed, "the schema was already released, or has no format")
        }
        let format = String(cString: formatBytes)
        let name = schema.name.map { String(cString: $0) } ?? ""
        var children: [Field] = []
        if schema.n_children > 0 {
            guard let pointers = schema.children else {
                throw ArrowError(.malformed, "the schema says it has children but has none", location: name)
            }
            for index in 0..<Int(schema.n_children) {
                guard let child = pointers[index] else {
                    throw ArrowError(.malformed, "child \(index) of the schema is missing", location: name)
                }
                children.append(try Field(importing: child))
            }
        }
        var type = try DataType(
            format: format,
            children: children,
            keysSorted: schema.flags & Int64(ARROW_FLAG_MAP_KEYS_SORTED) != 0
        )
        if let dictionary = schema.dictionary {
            type = .dictionary(index: type, value: try Field(importing: dictionary).type)
        }
        self.init(
            name,
            type,
            isNullable: schema.flags & Int64(ARROW_FLAG_NULLABLE) != 0,
            metadata: Metadata.decode(schema.metadata)
        )
    }

    /// Fills `pointer` with this field; whoever receives it calls its release callback once.
    public func export(to pointer: UnsafeMutablePointer<ArrowSchema>) {
        let fields = type.children
        let allocations = SchemaAllocations(name: name, format: type.format, metadata: metadata, children: fields.count)
        var schema = ArrowSchema()
        schema.format = UnsafePointer(allocations.format)
        schema.name = UnsafePointer(allocations.name)
        schema.metadata = allocations.metadata.map { UnsafePointer($0) }
        schema.flags = isNullable ? Int64(ARROW_FLAG_NULLABLE) : 0
        if case .map(_, keysSorted: true) = type { schema.flags |= Int64(ARROW_FLAG_MAP_KEYS_SORTED) }
        schema.n_children = Int64(fields.count)
        schema.children = allocations.children
        for (index, field) in fields.enumerated() {
            let child = UnsafeMutablePointer<ArrowSchema>.allocate(capacity: 1)
            field.export(to: child)
            allocations.children?[index] = child
        }
        if case .dictionary(_, let value) = type {
            let dictionary = UnsafeMutablePointer<ArrowSchema>.allocate(capacity: 1)
            Field("", value).export(to: dictionary)
            schema.dictionary = dictionary
        }
        schema.private_data = Unmanaged.passRetained(allocations).toOpaque()
        schema.release = releaseExportedSchema
        pointer.initialize(to: schema)
    }
}

/// Everything an exported schema points to besides its children's contents.
private final class SchemaAllocations {
    let format: UnsafeMutablePointer<CChar>
    let name: UnsafeMutablePointer<CChar>
    let metadata: UnsafeMutablePointer<CChar>?
    let children: UnsafeMutablePointer<UnsafeMutablePointer<ArrowSchema>?>?

    init(name: String, format: String, metadata: [String: String], children: Int) {
        self.format = SchemaAllocations.copy(format)
        self.name = SchemaAllocations.copy(name)
        self.metadata = Metadata.encode(metadata)
        if children > 0 {
            self.children = .allocate(capacity: children)
            self.children?.initialize(repeating: nil, count: children)
        } else {
            self.children = nil
        }
    }

    deinit {
        format.deallocate()
        name.deallocate()
        metadata?.deallocate()
        children?.deallocate()
    }

    private static func copy(_ text: String) -> UnsafeMutablePointer<CChar> {
        let bytes = Array(text.utf8CString)
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        copy.initialize(from: bytes, count: bytes.count)
        return copy
    }
}

private func releaseExportedSchema(_ pointer: UnsafeMutablePointer<ArrowSchema>?) {
    guard let pointer, pointer.pointee.release != nil else { return }
    // A consumer may have moved children out; those have no release callback any more.
    for index in 0..<Int(pointer.pointee.n_children) {
        guard let child = pointer.pointee.children?[index] else { continue }
        child.pointee.release?(child)
        child.deallocate()
    }
    if let dictionary = pointer.pointee.dictionary {
        dictionary.pointee.release?(dictionary)
        dictionary.deallocate()
    }
    if let owned = pointer.pointee.private_data {
        Unmanaged<SchemaAllocations>.fromOpaque(owned).release()
    }
    pointer.pointee.private_data = nil
    pointer.pointee.release = nil
}

/// The binary form of metadata: a count, then length and bytes of each key and value, 32-bit native integers.
private enum Metadata {
    static func decode(_ pointer: UnsafePointer<CChar>?) -> [String: String] {
        guard let pointer else { return [:] }
        let raw = UnsafeRawPointer(pointer)
        var position = 0
        func readInteger() -> Int {
            defer { position += 4 }
            return Int(raw.loadUnaligned(fromByteOffset: position, as: Int32.self))
        }
        func readText() -> String {
            let length = max(0, readInteger())
            defer { position += length }
            return String(decoding: UnsafeRawBufferPointer(start: raw + position, count: length), as: UTF8.self)
        }
        var result: [String: String] = [:]
        for _ in 0..<max(0, readInteger()) {
            let key = readText()
            result[key] = readText()
        }
        return result
    }

    static func encode(_ metadata: [String: String]) -> UnsafeMutablePointer<CChar>? {
        guard !metadata.isEmpty else { return nil }
        var bytes: [UInt8] = []
        func append(_ integer: Int) { withUnsafeBytes(of: Int32(integer)) { bytes.append(contentsOf: $0) } }
        append(metadata.count)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            append(key.utf8.count)
            bytes.append(contentsOf: key.utf8)
            append(value.utf8.count)
            bytes.append(contentsOf: value.utf8)
        }
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        for (index, byte) in bytes.enumerated() { (copy + index).initialize(to: CChar(bitPattern: byte)) }
        return copy
    }
}
