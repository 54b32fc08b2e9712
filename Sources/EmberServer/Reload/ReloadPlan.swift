import EmberConfig

/// What another configuration makes of a running server: what stays, and what does not. It is the same for those who
/// only ask, for the log, and for what is done.
public struct ReloadPlan: Codable, Sendable, Equatable {
    /// The names of what the configuration has or had.
    public struct Fates: Codable, Sendable, Equatable {
        public internal(set) var stays: [String] = []
        /// Has other settings from now on; nothing is started for that.
        public internal(set) var changes: [String] = []
        /// Its engine makes room for a new one, once its running requests have ended.
        public internal(set) var restarts: [String] = []
        public internal(set) var appears: [String] = []
        /// It goes, once its running requests have ended.
        public internal(set) var goes: [String] = []

        var isEmpty: Bool { changes.isEmpty && restarts.isEmpty && appears.isEmpty && goes.isEmpty }
    }

    public internal(set) var models = Fates()
    public internal(set) var services = Fates()
    public internal(set) var keys = Fates()
    public internal(set) var upstreams = Fates()
    /// Other settings that change, by their keys.
    public internal(set) var settings: [String] = []
    /// Keys that have changed and are read only at the start: as long as there are any, nothing is applied.
    public internal(set) var onlyAtStart: [String] = []

    /// Whether nothing would change.
    public var isEmpty: Bool {
        [models, services, keys, upstreams].allSatisfy(\.isEmpty) && settings.isEmpty && onlyAtStart.isEmpty
    }

    /// Why it cannot be applied; nil: it can.
    public var problem: String? {
        guard !onlyAtStart.isEmpty else { return nil }
        let are = onlyAtStart.count == 1 ? "is" : "are"
        return
            "\(onlyAtStart.joined(separator: ", ")) \(are) read only at Ember's start, and has changed: set it back, "
            + "or restart Ember. Nothing was applied"
    }

    /// A line for each kind of thing that changes.
    public var lines: [String] {
        var lines: [String] = []
        for (kind, fates) in [
            ("models", models), ("services", services), ("keys", keys), ("upstreams", upstreams),
        ] {
            let parts = [
                ("stay", fates.stays), ("change in place", fates.changes), ("restart", fates.restarts),
                ("appear", fates.appears), ("go", fates.goes),
            ].filter { !$0.1.isEmpty }
            guard !fates.isEmpty || kind == "models" else { continue }
            lines += parts.map { "\(kind) that \($0.0): \($0.1.joined(separator: ", "))" }
        }
        if !settings.isEmpty { lines.append("settings that change: \(settings.joined(separator: ", "))") }
        if !onlyAtStart.isEmpty {
            lines.append("cannot be reloaded, restart Ember for it: \(onlyAtStart.joined(separator: ", "))")
        }
        return lines
    }
}

extension ReloadPlan {
    init(from old: Configuration, to new: Configuration) {
        let fates = ModelFates(from: old, to: new)
        for model in new.models {
            switch fates[model.name] {
            case .stays: models.stays.append(model.name)
            case .changes: models.changes.append(model.name)
            case .restarts, .isReplaced: models.restarts.append(model.name)
            case .appears: models.appears.append(model.name)
            }
        }
        models.goes = old.models.map(\.name).filter { name in !new.models.contains { $0.name == name } }
        services = Self.fates(old.access.services, new.access.services, \.name)
        keys = Self.fates(old.access.keys, new.access.keys, \.name)
        upstreams = Self.fates(old.cloud.upstreams, new.cloud.upstreams, \.name)
        settings = ReloadableSettings.changed(from: old, to: new)
        onlyAtStart = SettingsOfStart.changed(from: old, to: new)
    }

    private static func fates<Part: Equatable>(
        _ old: [Part], _ new: [Part], _ name: (Part) -> String
    ) -> Fates {
        var fates = Fates()
        for part in new {
            switch old.first(where: { name($0) == name(part) }) {
            case nil: fates.appears.append(name(part))
            case part: fates.stays.append(name(part))
            default: fates.changes.append(name(part))
            }
        }
        fates.goes = old.map(name).filter { former in !new.contains { name($0) == former } }
        return fates
    }
}
