// Random headers, and good credentials with a little changed: none passes, none does harm.

import Foundation
import JWTKit
import Logging
import Testing

@testable import LyceumAccess

@Suite("Credentials at random", .timeLimit(.minutes(5)))
struct CredentialFuzzTests {
    @Test("no flipped bit, cut, doubled or swapped part of a good token makes another good token")
    func tokens() async throws {
        let seed = randomSeed()
        print("seed \(seed): LYCEUM_SEED repeats it")
        var generator = SeededGenerator(seed: seed)
        let setting = try await TokenSetting()
        let curve = try await IssuerKey.ecdsa("two")
        setting.issuer.publish(setting.key, curve)
        for key in [setting.key, curve] {
            let token = try await key.sign(setting.claims())
            _ = try await setting.verifier.verify(token)
            let bytes = Array(token.utf8)
            // Every bit of the signature's last character: that is where base64 has bits to spare.
            for bit in 0..<8 {
                var changed = bytes
                changed[bytes.count - 1] ^= 1 << bit
                await setting.expectRefused(String(decoding: changed, as: UTF8.self), "last character, bit \(bit)")
            }
            for _ in 0..<1500 {
                var changed = bytes
                switch Int.random(in: 0..<6, using: &generator) {
                case 0...2:
                    changed[Int.random(in: 0..<bytes.count, using: &generator)] ^=
                        1 << UInt8.random(in: 0..<8, using: &generator)
                case 3: changed.removeSubrange(Int.random(in: 0..<bytes.count, using: &generator)..<bytes.count)
                case 4:
                    let start = Int.random(in: 0..<bytes.count, using: &generator)
                    let end = Int.random(in: start..<bytes.count, using: &generator)
                    changed.insert(
                        contentsOf: bytes[start...end],
                        at: Int.random(in: 0...bytes.count, using: &generator)
                    )
                default:
                    changed.swapAt(
                        Int.random(in: 0..<bytes.count, using: &generator),
                        Int.random(in: 0..<bytes.count, using: &generator)
                    )
                }
                guard changed != bytes else { continue }
                let text = String(decoding: changed, as: UTF8.self)
                let caller = try? await setting.verifier.verify(text)
                #expect(caller == nil, "seed \(seed): \(text)")
            }
        }
    }

    @Test("random headers are refused with one of the known answers")
    func headers() async throws {
        let seed = randomSeed()
        print("seed \(seed): LYCEUM_SEED repeats it")
        var generator = SeededGenerator(seed: seed)
        let setting = try await TokenSetting()
        let folder = try TemporaryFolder()
        var logger = Logger(label: "fuzz")
        logger.logLevel = .critical
        let authenticator = Authenticator(
            settings: AccessSettings(keys: folder.url.appending(path: "keys.json"), oidc: setting.settings),
            logger: logger,
            clock: setting.clock.clock
        )
        let request = KeyRequest(name: "n", role: .registrar, createdBy: "test")
        let key = try await authenticator.keys.create(request).text.reveal()
        let token = try await setting.key.sign(setting.claims())
        let pieces = [
            "Bearer", "bearer ", " ", "\t", "Basic ", "lyc_", "_", ".", "eyJ", key, token, String(key.dropLast()),
            "\u{0}", "\r\n", "é", "\u{202E}", "=", "Bearer \(token.prefix(40))", String(repeating: "A", count: 9000),
            ",",
        ]
        let known: Set<AccessError.Code> = [.credentialRequired, .credentialRefused]
        var passed = 0
        for number in 0..<4000 {
            func header() -> String? {
                guard Int.random(in: 0..<5, using: &generator) > 0 else { return nil }
                return (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                    pieces[Int.random(in: pieces.indices, using: &generator)]
                }.joined()
            }
            let (authorization, apiKey) = (header(), header())
            // Each from an address of its own, so that all are looked at.
            let address = "10.\(number >> 16).\(number >> 8 & 255).\(number & 255)"
            do throws(AccessError) {
                _ = try await authenticator.authenticate(
                    authorization: authorization,
                    apiKey: apiKey,
                    address: address
                )
                passed += 1
                // Only what is exactly a good credential may pass.
                let words = (authorization ?? apiKey ?? "").split { $0 == " " || $0 == "\t" }
                #expect(words.last.map { $0 == key || $0 == token } == true, "seed \(seed): \(authorization ?? "-")")
                #expect(authorization == nil || apiKey == nil, "seed \(seed)")
                setting.clock.advance(by: .seconds(0.1))
            } catch {
                #expect(known.contains(error.code), "seed \(seed): \(error.code)")
            }
        }
        print("\(passed) of 4000 were good by chance")
    }

    @Test("base64url is read in one way only")
    func base64() {
        let seed = randomSeed()
        print("seed \(seed): LYCEUM_SEED repeats it")
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5000 {
            let bytes = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let text = base64URL(Data(bytes))
            #expect(Base64URL.decode(text.utf8) == bytes, "seed \(seed)")
            guard let last = text.utf8.indices.last else { continue }
            for byte in UInt8(0)...127 where byte != text.utf8[last] {
                let other = String(text.dropLast()) + String(UnicodeScalar(byte))
                #expect(Base64URL.decode(other.utf8) != bytes, "seed \(seed)")
            }
        }
        for text in ["A", "AAAAA", "AA==", "A+", "A/", "A A", "AB", "é"] { #expect(Base64URL.decode(text.utf8) == nil) }
    }
}
