import EmberStore

/// A demonstration as /ember/v1/services/… reports it.
public struct DemonstrationView: Codable, Sendable {
    public var id: Int
    /// The only model that it is for; nil: every model of the service.
    public var model: String?
    public var prompt: String
    public var result: String
    /// edge, cloud or given.
    public var origin: String
    /// From 0 to 1; nil: not judged.
    public var quality: Double?
    /// In seconds since 1970.
    public var time: Double
    public var request: String

    init(_ demonstration: Demonstration) {
        id = demonstration.id
        model = demonstration.model
        prompt = demonstration.prompt
        result = demonstration.result
        origin = demonstration.origin.rawValue
        quality = demonstration.quality
        time = demonstration.time
        request = demonstration.request
    }
}

/// A page of a list, the newest first.
public struct DemonstrationPageView: Codable, Sendable {
    public var demonstrations: [DemonstrationView]
    /// What to ask for the next page with: `?before=`; nil: this may be the last one.
    public var next: Int?
}
