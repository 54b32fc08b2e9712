/// A past prompt and its result as the store holds it: what it says, its id and whose it is.
///
/// The parts of its content read as its own: `demonstration.prompt`.
@dynamicMemberLookup
public struct Demonstration: Hashable, Sendable {
    /// Rises with every demonstration added and is never given to another one.
    public let id: Int
    /// The name of the access key that it belongs to; empty on a server without keys.
    public let tenant: String
    public let content: DemonstrationContent

    public subscript<Part>(dynamicMember part: KeyPath<DemonstrationContent, Part>) -> Part { content[keyPath: part] }
}
