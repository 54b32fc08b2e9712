public import EmberCore

/// Why a request ran where it ran: what /ember/v1/decisions/ID reports.
public struct RequestDecisionView: Codable, Sendable {
    public var id: String
    public var service: String
    public var model: String
    /// Seconds since Ember's start.
    public var arrived: Double
    /// Where it could have run, with what that was expected to cost as declared or measured, the model asked for first.
    public var alternatives: [Alternative]
    /// What became of it, step by step.
    public var steps: [Step]
    /// The admissions of its model while it waited: who was weighed, and who had to go.
    public var admissions: [DecisionView] = []
    /// What its model's engine keeps of prompts, for people; nil: all, as far as is known. Not in the log.
    public var kept: String?

    public struct Alternative: Codable, Sendable {
        public var model: String
        /// resident, wait, load or cloud.
        public var place: String
        /// In JSON, each term is a member beside the others.
        public var costs: CostVector
        public var total: Double
        /// Where the request went; of several tries the last.
        public var isChosen = false

        private enum CodingKeys: CodingKey { case model, place, total, isChosen }

        init(_ alternative: EmberCore.Alternative, _ model: String) {
            self.model = model
            place = alternative.place.rawValue
            costs = alternative.costs
            total = alternative.total
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            model = try container.decode(String.self, forKey: .model)
            place = try container.decode(String.self, forKey: .place)
            costs = try CostVector(from: decoder)
            total = try container.decode(Double.self, forKey: .total)
            isChosen = try container.decode(Bool.self, forKey: .isChosen)
        }

        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(model, forKey: .model)
            try container.encode(place, forKey: .place)
            try costs.encode(to: encoder)
            try container.encode(total, forKey: .total)
            try container.encode(isChosen, forKey: .isChosen)
        }
    }

    /// The request goes to the model, or to the cloud in its place.
    mutating func choose(_ model: String, isCloud: Bool) {
        for index in alternatives.indices {
            let isPlace = (alternatives[index].place == EmberCore.Alternative.Place.cloud.rawValue) == isCloud
            alternatives[index].isChosen = isPlace && alternatives[index].model == model
        }
    }

    public struct Step: Codable, Sendable {
        /// Seconds since Ember's start.
        public var time: Double
        /// waits, stays, cannot_be_served, edge, cloud, refused, answered, failed, gone, hedged, hedge_won, hedge_lost
        /// or hedge_refused.
        public var what: String
        /// Why, where there is a reason to report.
        public var why: String?
        /// Of an answer: tokens of prefill and decode, 0 if the engine did not say.
        public var tokens: Int?
        /// Of an answer from an engine whose slots Ember gives away.
        public var slot: SlotUseView?
    }
}
