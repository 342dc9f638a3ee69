// Calls into a driver: status codes and error structures become Swift errors.

import CArrow

extension Driver {
    /// Calls `function`, which returns a status and may fill an error.
    ///
    /// - Parameters:
    ///   - doing: what is being done, for the message.
    ///   - redaction: strikes secrets from the driver's message.
    func call(
        _ doing: String,
        _ redaction: Redaction,
        _ function: (UnsafeMutablePointer<AdbcError>) -> AdbcStatusCode
    ) throws(ADBCError) {
        var error = AdbcError()
        // Tells a driver of revision 1.1 that it may use the error's last two fields.
        if supportsRevision11 { error.vendor_code = Int32.min }
        let status = function(&error)
        guard status != ADBC_STATUS_OK else {
            error.release?(&error)
            return
        }
        throw ADBCError(taking: &error, status: status, doing: doing, at: name, redaction: redaction, driver: self)
    }

    /// Calls `function` if the driver has it.
    func unwrap<Function>(_ function: Function?, _ name: String) throws(ADBCError) -> Function {
        guard let function else {
            throw ADBCError(.notImplemented, "the driver has no \(name)", location: self.name)
        }
        return function
    }
}

extension ADBCError {
    /// Reads what a driver says, and releases its error.
    init(
        taking error: inout AdbcError,
        status: AdbcStatusCode,
        doing: String,
        at location: String,
        redaction: Redaction = Redaction(options: [:]),
        driver: Driver? = nil
    ) {
        self.init(reading: error, status: status, doing: doing, at: location, redaction: redaction, driver: driver)
        error.release?(&error)
    }

    /// Reads what a driver says; the error stays the driver's.
    init(
        reading error: AdbcError,
        status: AdbcStatusCode,
        doing: String,
        at location: String,
        redaction: Redaction,
        driver: Driver?
    ) {
        let text = error.message.map { redaction.apply(String(cString: $0)) } ?? "the driver gives no reason"
        let state = withUnsafeBytes(of: error.sqlstate) { bytes in
            bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? String(decoding: bytes, as: UTF8.self) : nil
        }
        var details: [String: String] = [:]
        if error.vendor_code == Int32.min, error.private_data != nil, let driver,
            let count = driver.table.pointee.ErrorGetDetailCount, let detail = driver.table.pointee.ErrorGetDetail
        {
            var copy = error
            for index in 0..<max(0, count(&copy)) {
                let found = detail(&copy, index)
                guard let key = found.key, let value = found.value else { continue }
                let bytes = UnsafeBufferPointer(start: value, count: found.value_length)
                details[String(cString: key)] = redaction.apply(String(decoding: bytes, as: UTF8.self))
            }
        }
        let given = error.vendor_code == Int32.min || error.vendor_code == -1 ? 0 : error.vendor_code
        let isDuckDB = driver?.isDuckDB ?? false
        let code = isDuckDB ? Code(duckDBMessage: text) ?? Code(status: status) : Code(status: status)
        self.init(
            code,
            "\(doing): \(Self.isAboutData(code, state) ? redaction.applyToData(text) : text)",
            sqlState: state == "00000" ? nil : state,
            vendorCode: given != 0 ? given : ADBCError.oracleNumber(in: text) ?? 0,
            details: redaction.applyToDetails(details),
            location: location,
            isEmbedded: isDuckDB
        )
    }

    /// Whether the data may be what is wrong: SQLSTATE's classes 21 to 23, and what drivers say in words.
    static func isAboutData(_ code: Code, _ sqlState: String?) -> Bool {
        [.invalidData, .integrity].contains(code) || ["21", "22", "23"].contains(sqlState?.prefix(2))
    }

    /// Oracle's error number, which its driver gives only in the text, as `ORA-01017`.
    private static func oracleNumber(in text: String) -> Int32? {
        guard let prefix = text.firstRange(of: "ORA-") else { return nil }
        return Int32(text[prefix.upperBound...].prefix { $0.isNumber })
    }
}

extension ADBCError.Code {
    /// What DuckDB says in words: its driver gives one status for almost everything.
    init?(duckDBMessage text: String) {
        guard let colon = text.firstRange(of: " Error: ") ?? text.firstRange(of: " Error:") else { return nil }
        let rest = text[colon.upperBound...]
        switch text[..<colon.lowerBound].split(whereSeparator: { ":\n".contains($0) }).last.map({
            $0.drop { $0 == " " }
        }) {
        case "INTERRUPT", "Interrupt": self = .cancelled
        case "Catalog" where rest.contains("already exists"): self = .alreadyExists
        case "Catalog" where rest.contains("does not exist"): self = .notFound
        case "Constraint": self = .integrity
        case "IO", "HTTP": self = .io
        case "Conversion", "Out of Range", "Invalid Input": self = .invalidData
        case "Parser", "Binder", "Catalog": self = .invalidArgument
        case "Permission": self = .unauthorized
        case "Not implemented": self = .notImplemented
        case "INTERNAL", "FATAL", "Out of Memory": self = .internal
        case "TransactionContext": self = .invalidState
        default: return nil
        }
    }
}
