import EmberCore
import EmberDocument

/// The rule for secret keys, wherever they come from.
enum KeyText {
    static func secret(_ text: String) throws(QuantityError) -> Secret {
        guard !text.isEmpty else { throw QuantityError("is empty") }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw QuantityError("has a space or a character that HTTP headers cannot carry")
        }
        guard text.utf8.count <= 4096 else { throw QuantityError("is longer than 4096 characters") }
        return Secret(text)
    }
}
