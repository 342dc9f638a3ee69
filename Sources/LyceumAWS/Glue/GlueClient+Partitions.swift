// Partitions of a Glue table, in batches as large as the service takes.

extension GlueClient {
    private struct PartitionError: Decodable, Sendable {
        struct Detail: Decodable, Sendable {
            var errorCode: String?
            var errorMessage: String?
        }
        var partitionValues: [String]?
        var errorDetail: Detail?
    }

    private struct BatchAnswer: Decodable, Sendable { var errors: [PartitionError]? }

    /// All partitions of a table, read page by page.
    public func partitions(of table: String, in database: String) async throws -> [GluePartition] {
        struct Input: Encodable, Sendable {
            var databaseName: String
            var tableName: String
            var nextToken: String?
        }
        struct Answer: Decodable, Sendable {
            var partitions: [GluePartition]?
            var nextToken: String?
        }
        var partitions: [GluePartition] = []
        var token: String?
        repeat {
            let answer: Answer = try await service.call(
                "GetPartitions",
                Input(databaseName: database, tableName: table, nextToken: token),
                on: "\(database).\(table)",
                doing: "list the partitions of the Glue table"
            )
            partitions += answer.partitions ?? []
            token = answer.nextToken.flatMap { $0.isEmpty ? nil : $0 }
        } while token != nil
        return partitions
    }

    /// Makes partitions, 100 a request; those that are there already are left.
    public func createPartitions(_ partitions: [GluePartition], of table: String, in database: String) async throws {
        struct Input: Encodable, Sendable {
            var databaseName: String
            var tableName: String
            var partitionInputList: [GluePartition]
        }
        for batch in partitions.batches(of: 100) {
            let answer: BatchAnswer = try await service.call(
                "BatchCreatePartition",
                Input(databaseName: database, tableName: table, partitionInputList: batch),
                on: "\(database).\(table)",
                doing: "make \(batch.count) partitions"
            )
            try Self.require(answer, except: "AlreadyExistsException", on: "\(database).\(table)", doing: "make")
        }
    }

    /// Removes partitions by their values, 25 a request; those that are not there count as removed.
    public func deletePartitions(_ values: [[String]], of table: String, in database: String) async throws {
        struct Values: Encodable, Sendable { var values: [String] }
        struct Input: Encodable, Sendable {
            var databaseName: String
            var tableName: String
            var partitionsToDelete: [Values]
        }
        for batch in values.batches(of: 25) {
            let answer: BatchAnswer = try await service.call(
                "BatchDeletePartition",
                Input(databaseName: database, tableName: table, partitionsToDelete: batch.map(Values.init)),
                on: "\(database).\(table)",
                doing: "remove \(batch.count) partitions"
            )
            try Self.require(answer, except: "EntityNotFoundException", on: "\(database).\(table)", doing: "remove")
        }
    }

    /// Replaces the definition of a partition that is there.
    public func updatePartition(_ partition: GluePartition, of table: String, in database: String) async throws {
        struct Input: Encodable, Sendable {
            var databaseName: String
            var tableName: String
            var partitionValueList: [String]
            var partitionInput: GluePartition
        }
        let _: JSONService.Nothing = try await service.call(
            "UpdatePartition",
            Input(
                databaseName: database,
                tableName: table,
                partitionValueList: partition.values,
                partitionInput: partition
            ),
            on: "\(database).\(table)",
            doing: "change a partition"
        )
    }

    private static func require(
        _ answer: BatchAnswer,
        except tolerated: String,
        on location: String,
        doing: String
    ) throws {
        let failed = (answer.errors ?? []).filter { $0.errorDetail?.errorCode != tolerated }
        guard let first = failed.first else { return }
        throw AWSError(
            .rejected,
            "could not \(doing) \(failed.count) partitions, the first (\((first.partitionValues ?? []).joined(separator: "/"))) "
                + "for \(first.errorDetail?.errorCode ?? "no reason")",
            location: location,
            serviceCode: first.errorDetail?.errorCode
        )
    }
}

extension Array {
    /// The elements in order, at most `count` at a time.
    fileprivate func batches(of count: Int) -> [[Element]] {
        stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
    }
}
