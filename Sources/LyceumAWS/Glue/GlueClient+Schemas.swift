// The schema registry: every definition that a table's rows have had, numbered.

extension GlueClient {
    private struct SchemaID: Encodable, Sendable {
        var registryName: String
        var schemaName: String
    }

    /// Makes a registry, or leaves one that is there.
    public func createRegistry(_ name: String, description: String) async throws {
        struct Input: Encodable, Sendable {
            var registryName: String
            var description: String
        }
        do {
            let _: JSONService.Nothing = try await service.call(
                "CreateRegistry",
                Input(registryName: name, description: description),
                on: name,
                doing: "make the schema registry"
            )
        } catch let error as AWSError where error.serviceCode == "AlreadyExistsException" {}
    }

    /// Registers a JSON Schema as a schema's newest version, and the schema itself when there is none.
    ///
    /// The schema is made with compatibility `NONE`: what may change is the contract's affair, and the registry notes
    /// what did change. A definition that is registered already keeps its number.
    /// - Returns: the version's number.
    public func register(_ definition: String, as schema: String, in registry: String) async throws -> Int {
        struct CreateInput: Encodable, Sendable {
            struct Registry: Encodable, Sendable { var registryName: String }
            var registryId: Registry
            var schemaName: String
            var dataFormat = "JSON"
            var compatibility = "NONE"
            var schemaDefinition: String
        }
        struct CreateAnswer: Decodable, Sendable { var latestSchemaVersion: Int? }
        struct RegisterInput: Encodable, Sendable {
            var schemaId: SchemaID
            var schemaDefinition: String
        }
        struct RegisterAnswer: Decodable, Sendable { var versionNumber: Int }
        let location = "\(registry)/\(schema)"
        do {
            let answer: RegisterAnswer = try await service.call(
                "RegisterSchemaVersion",
                RegisterInput(
                    schemaId: SchemaID(registryName: registry, schemaName: schema),
                    schemaDefinition: definition
                ),
                on: location,
                doing: "register the schema's version"
            )
            return answer.versionNumber
        } catch let error as AWSError where error.code == .notFound {}
        let answer: CreateAnswer = try await service.call(
            "CreateSchema",
            CreateInput(
                registryId: CreateInput.Registry(registryName: registry),
                schemaName: schema,
                schemaDefinition: definition
            ),
            on: location,
            doing: "make the schema"
        )
        return answer.latestSchemaVersion ?? 1
    }

    /// The definition of one version of a schema.
    public func definition(of schema: String, version: Int, in registry: String) async throws -> String {
        struct Number: Encodable, Sendable { var versionNumber: Int }
        struct Input: Encodable, Sendable {
            var schemaId: SchemaID
            var schemaVersionNumber: Number
        }
        struct Answer: Decodable, Sendable { var schemaDefinition: String }
        let answer: Answer = try await service.call(
            "GetSchemaVersion",
            Input(
                schemaId: SchemaID(registryName: registry, schemaName: schema),
                schemaVersionNumber: Number(versionNumber: version)
            ),
            on: "\(registry)/\(schema)",
            doing: "read the schema's version"
        )
        return answer.schemaDefinition
    }
}
