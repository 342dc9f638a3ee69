// `lyceum lake lifecycle` and `replication`: rules for the bucket that a lake is in.

import ArgumentParser
import Foundation
import LyceumLake
import LyceumPipeline

extension LakeCommand {
    /// Lifecycle rules of the bucket.
    struct Lifecycle: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "lifecycle",
            abstract: "Print S3 lifecycle rules for the lake.",
            discussion: """
                The JSON is what `aws s3api put-bucket-lifecycle-configuration --lifecycle-configuration file://…` takes. \
                Raw data and quarantine move to cheaper classes that answer at once; history expires a month after `lyceum \
                lake retain` would have removed it; broken uploads end after a week. The history of tables under legal hold \
                does not expire: render the rules again when holds change.
                """
        )

        @Option(help: ArgumentHelp("The lake's prefix in the bucket; lyceum.yaml's unless given.", valueName: "prefix"))
        var prefix: String?

        @OptionGroup var shared: SharedOptions

        func perform(on console: Console) async throws {
            let pipeline = try shared.pipeline(console)
            let rules = try await pipeline.lifecycle(prefix: prefix ?? pipeline.configuration.lake.place.prefix)
            console.result(shared.json ? JSONText.line(rules) : try BucketJSON.pretty(rules))
        }
    }

    /// The replication rule of the bucket.
    struct Replication: RoomCommand {
        static let configuration = CommandConfiguration(
            commandName: "replication",
            abstract: "Print the S3 rule that copies the lake to another bucket.",
            discussion: """
                The JSON is what `aws s3api put-bucket-replication --replication-configuration file://…` takes. Both buckets \
                must keep versions. Deletions are copied too, so that a person who was erased is erased there as well.
                """
        )

        @Option(help: ArgumentHelp("The other bucket: arn:aws:s3:::name.", valueName: "arn"))
        var to: String

        @Option(help: ArgumentHelp("The role that S3 copies as: arn:aws:iam::…:role/….", valueName: "arn"))
        var role: String

        @Option(help: ArgumentHelp("The lake's prefix in the bucket; lyceum.yaml's unless given.", valueName: "prefix"))
        var prefix: String?

        @OptionGroup var shared: SharedOptions

        func validate() throws {
            guard to.wholeMatch(of: /arn:[a-z0-9-]+:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/) != nil else {
                throw ValidationError("--to takes a bucket's ARN, such as arn:aws:s3:::lake-copy, not '\(to)'.")
            }
            guard role.wholeMatch(of: /arn:[a-z0-9-]+:iam::[0-9]{12}:role\/[\w+=,.@\/-]+/) != nil else {
                throw ValidationError("--role takes a role's ARN, such as arn:aws:iam::123456789012:role/copy.")
            }
        }

        func perform(on console: Console) async throws {
            let place = try shared.pipeline(console).configuration.lake.place
            let rule = ReplicationConfiguration(prefix: prefix ?? place.prefix, to: to, role: role)
            console.result(shared.json ? JSONText.line(rule) : try BucketJSON.pretty(rule))
        }
    }
}

/// Rules for people to read and for `aws` to take.
private enum BucketJSON {
    static func pretty(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
