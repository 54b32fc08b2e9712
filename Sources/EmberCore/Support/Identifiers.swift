/// A model of the catalogue, by its position in it.
public struct ModelID: Hashable, Comparable, Codable, Sendable {
    public let index: Int
    public init(_ index: Int) { self.index = index }
    public static func < (a: ModelID, b: ModelID) -> Bool { a.index < b.index }
}

/// A service of the catalogue, by its position in it.
public struct ServiceID: Hashable, Comparable, Codable, Sendable {
    public let index: Int
    public init(_ index: Int) { self.index = index }
    public static func < (a: ServiceID, b: ServiceID) -> Bool { a.index < b.index }
}

/// One copy of a model's weights in memory: the thing that is loaded and evicted.
///
/// Under `Sharing.instances` there is one per model, under `Sharing.pairs` one per (service, model).
public struct InstanceID: Hashable, Comparable, Codable, Sendable {
    public let index: Int
    public init(_ index: Int) { self.index = index }
    public static func < (a: InstanceID, b: InstanceID) -> Bool { a.index < b.index }
}

/// A (service, model) pair: the owner of a context.
public struct PairID: Hashable, Comparable, Codable, Sendable {
    public let index: Int
    public init(_ index: Int) { self.index = index }
    public static func < (a: PairID, b: PairID) -> Bool { a.index < b.index }
}

/// A request, by a small integer that the driver chooses and may use again once the request has ended.
public struct RequestID: Hashable, Comparable, Codable, Sendable {
    public let index: Int
    public init(_ index: Int) { self.index = index }
    public static func < (a: RequestID, b: RequestID) -> Bool { a.index < b.index }
}
