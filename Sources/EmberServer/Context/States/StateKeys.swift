import Crypto
import EmberContext
import EmberSystem
import Foundation
import Synchronization

/// The keys of all that is kept of conversations: what conversations are found by, and what saved states are named by.
///
/// All come from one secret (`StateKeyFile`) by HKDF. Each tenant has keys of its own: equal texts of two tenants have
/// different digests.
public final class StateKeys: Sendable {
    private struct TenantKeys {
        let chain: ChainKey
        let names: SymmetricKey
    }

    private let secret: SymmetricKey
    /// A record is named by its bytes and this key: one that has changed, or is another Ember's, has another name.
    private let records: SymmetricKey
    /// Derived when they are first needed.
    private let tenants = Mutex<[String: TenantKeys]>([:])

    static let secretBytes = 32

    /// Others than any before.
    public convenience init() { self.init(secret: SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }) }

    init(secret: [UInt8]) {
        self.secret = SymmetricKey(data: secret)
        records = Self.derived("ember records", from: self.secret)
    }

    /// What a tenant's prompts are compared by.
    func chain(of tenant: String) -> ChainKey { keys(of: tenant).chain }

    /// What stands for names of a tenant's.
    ///
    /// - Parameter role: what they name, so that a service and a key of one name have different digests.
    func digest(_ role: String, _ names: [String] = [], of tenant: String) -> KeyedDigest {
        var hash = HMAC<SHA256>(key: keys(of: tenant).names)
        for part in [role] + names {
            withUnsafeBytes(of: UInt64(part.utf8.count).littleEndian) { hash.update(data: $0) }
            hash.update(data: Array(part.utf8))
        }
        return hash.finalize().withUnsafeBytes { KeyedDigest($0) }
    }

    func name(ofRecord bytes: [UInt8]) -> KeyedDigest {
        HMAC<SHA256>.authenticationCode(for: bytes, using: records).withUnsafeBytes { KeyedDigest($0) }
    }

    private func keys(of tenant: String) -> TenantKeys {
        tenants.withLock { tenants in
            if let known = tenants[tenant] { return known }
            let chain = Self.derived("ember chain \(tenant)", from: secret)
            let keys = TenantKeys(
                chain: ChainKey(bytes: chain.withUnsafeBytes { Array($0) }),
                names: Self.derived("ember names \(tenant)", from: secret))
            tenants[tenant] = keys
            return keys
        }
    }

    private static func derived(_ purpose: String, from secret: SymmetricKey) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: secret, info: Array(purpose.utf8), outputByteCount: secretBytes)
    }
}
