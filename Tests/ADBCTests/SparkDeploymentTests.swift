// The files of deploy/spark, as far as they can be judged without an account.

import Foundation
import Testing

@Suite struct SparkDeploymentTests {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        .standardizedFileURL

    /// What `scripts/check-deploy` says of a folder, and its status.
    private func check(_ folder: String) throws -> (said: String, status: Int32) {
        let process = Process()
        process.executableURL = SparkDeploymentTests.repository.appending(path: "scripts/check-deploy")
        process.arguments = [folder]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (said, process.terminationStatus)
    }

    @Test("requests are what the services ask for, and policies allow nothing by wildcard") func faultless() throws {
        let (said, status) = try check("deploy/spark")
        #expect(status == 0, "\(said)")
    }

    @Test(
        "a spoiled file is found, and what is wrong with it",
        arguments: [
            ("emr-serverless/application.json", #""releaseLabel""#, #""releaseLable""#, "releaseLabel"),
            ("emr-serverless/session.json", "arn:aws:iam::111122223333:role", "arn:aws:iam::role", "executionRoleArn"),
            ("glue/session.json", "SPARK_CONNECT", "SPARK", "SessionType"),
            ("lake-policy.json", #""s3:GetObject""#, #""s3:*""#, "s3:*"),
            ("lake-policy.json", "arn:aws:s3:::campus-lake/lyceum/raw/*", "*", "ReadTables"),
            ("emr-serverless/caller-policy.json", #""iam:PassRole""#, #""iam:PassRole", "x": 1, "x": 2"#, "twice"),
            ("emr-eks/namespace.yaml", "kind: Namespace", "sort: Namespace", "kind"),
            ("databricks/cluster.json", "(?is)password", "(?is)passwort", "redaction"),
        ]
    )
    func spoiled(file: String, right: String, wrong: String, named: String) throws {
        let folder = try TemporaryFolder()
        let copy = URL(filePath: folder.path).appending(path: "spark")
        try FileManager.default.copyItem(
            at: SparkDeploymentTests.repository.appending(path: "deploy/spark"),
            to: copy
        )
        let url = copy.appending(path: file)
        let text = try String(contentsOf: url, encoding: .utf8)
        try #require(text.contains(right))
        try text.replacing(right, with: wrong).write(to: url, atomically: true, encoding: .utf8)
        let (said, status) = try check(copy.path)
        #expect(status == 1)
        #expect(said.contains(file.contains("cluster") ? "redaction" : file), "\(said)")
        #expect(said.contains(named), "\(said)")
    }
}
