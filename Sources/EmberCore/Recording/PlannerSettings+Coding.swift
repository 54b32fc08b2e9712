// Logs have the settings as members of one object, whatever parts the types have.
extension PlannerSettings: Codable {
    private enum CodingKeys: String, CodingKey {
        case budget, devices, retention, time, weights, refusesHopeless, prefetchSeconds, recordsDecisions
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(budget: try values.decode(Bytes.self, forKey: .budget))
        if let several = try values.decodeIfPresent([Bytes].self, forKey: .devices) { devices = several }
        queue = try QueueSettings(from: decoder)
        failures = try FailureSettings(from: decoder)
        energy = try EnergyBound(from: decoder)
        retention = try values.decode(ContextRetention.self, forKey: .retention)
        time = try values.decode(TimeModel.self, forKey: .time)
        weights = try values.decodeIfPresent(CostWeights.self, forKey: .weights)
        refusesHopeless = try values.decode(Bool.self, forKey: .refusesHopeless)
        prefetchSeconds = try values.decodeIfPresent(Double.self, forKey: .prefetchSeconds)
        recordsDecisions = try values.decode(Bool.self, forKey: .recordsDecisions)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(budget, forKey: .budget)
        if devices.count > 1 { try values.encode(devices, forKey: .devices) }
        try queue.encode(to: encoder)
        try failures.encode(to: encoder)
        try energy.encode(to: encoder)
        try values.encode(retention, forKey: .retention)
        try values.encode(time, forKey: .time)
        try values.encodeIfPresent(weights, forKey: .weights)
        try values.encode(refusesHopeless, forKey: .refusesHopeless)
        try values.encodeIfPresent(prefetchSeconds, forKey: .prefetchSeconds)
        try values.encode(recordsDecisions, forKey: .recordsDecisions)
    }
}
