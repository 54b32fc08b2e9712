/// Another catalogue in place of the one that a planner has, with what becomes of the models and services of that one.
///
/// A model that is to go stays in the catalogue, retired (`ModelSpec.isRetired`), for as long as it is in memory or has
/// requests; see rule 46 of docs/planner.md.
public struct CatalogueChange: Hashable, Sendable {
    public var models: [ModelSpec]
    public var services: [ServiceSpec]
    /// By old id, the new one; nil: it has gone.
    public var newModels: [ModelID?]
    public var newServices: [ServiceID?]

    public init(
        models: [ModelSpec], services: [ServiceSpec], newModels: [ModelID?], newServices: [ServiceID?]
    ) {
        self.models = models
        self.services = services
        self.newModels = newModels
        self.newServices = newServices
    }

    /// Whether it is one of that catalogue: whatever stays is there once, where it was, on the same weights.
    public func fits(_ old: Catalogue) -> Bool {
        guard newModels.count == old.models.count, newServices.count == old.services.count,
            RecordedSetting.problem(of: models, services) == nil,
            Self.areDistinct(newModels.compactMap { $0?.index }, below: models.count),
            Self.areDistinct(newServices.compactMap { $0?.index }, below: services.count)
        else { return false }
        return zip(old.models, newModels).allSatisfy { former, id in
            guard let id else { return true }
            let base = former.base.map { newModels[$0.index] } ?? nil
            return models[id.index].placement == former.placement && models[id.index].base == base
                && (former.base == nil) == (base == nil)
        }
    }

    private static func areDistinct(_ ids: [Int], below count: Int) -> Bool {
        var seen = Array(repeating: false, count: count)
        for id in ids {
            guard seen.indices.contains(id), !seen[id] else { return false }
            seen[id] = true
        }
        return true
    }
}

/// Where what stays of an old catalogue is in a new one.
public struct CatalogueMap: Sendable {
    public let old: Catalogue
    public let new: Catalogue
    private let newModels: [ModelID?]
    private let newServices: [ServiceID?]

    /// - Parameter change: one that fits the old catalogue.
    public init(_ change: CatalogueChange, of old: Catalogue) {
        self.old = old
        new = Catalogue(models: change.models, services: change.services, sharing: old.sharing)
        newModels = change.newModels
        newServices = change.newServices
    }

    /// Nil: it has gone.
    public subscript(model: ModelID) -> ModelID? { newModels[model.index] }
    public subscript(service: ServiceID) -> ServiceID? { newServices[service.index] }
    public subscript(instance: InstanceID) -> InstanceID? {
        guard let model = self[old.model(of: instance)] else { return nil }
        guard old.sharing == .pairs else { return InstanceID(model.index) }
        return self[ServiceID(instance.index / old.models.count)].map { InstanceID(new.pair($0, model).index) }
    }

    /// What is kept by instance, with `fresh` for instances that are new.
    public func moved<Value>(_ values: [Value], fresh: Value) -> [Value] {
        var moved = Array(repeating: fresh, count: new.instanceCount)
        for (index, value) in values.enumerated() {
            if let instance = self[InstanceID(index)] { moved[instance.index] = value }
        }
        return moved
    }
}
