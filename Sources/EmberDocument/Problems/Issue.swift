/// One problem of a document: where, of which key, what is wrong and how to put it right.
public struct Issue: Sendable, Equatable {
    public let place: Place
    /// The dotted key, such as "models.smollm2.context"; empty when the problem is the file's.
    public let key: String
    /// One line without secrets.
    public let message: String

    public init(place: Place, key: String, message: String) {
        self.place = place
        self.key = key
        self.message = message
    }
}

extension Issue: CustomStringConvertible {
    /// "file:line:column: key: message", the form that editors and terminals make clickable.
    public var description: String {
        key.isEmpty ? "\(place): \(message)" : "\(place): \(key): \(message)"
    }
}
