/// What a request is expected to cost at the edge and in the cloud.
struct CostsOfPlaces {
    let edge: Double
    let cloud: Double
}

// Where a request goes by what the places are expected to cost (rules 15, 36 and 39).
extension EdgeState {
    /// Whether work on the request is expected to begin later than it may.
    func isHopeless(_ record: RequestRecord) -> Bool {
        now + expectedWait(for: record.instance, tokens: record.terms.tokens, behind: room.ahead(of: record))
            > record.limits.latest
    }

    /// Of a request that edge and cloud may take.
    func expectedCosts(of record: RequestRecord) -> CostsOfPlaces {
        let places = alternatives(
            record.service, record.model, offloadable: true, size: record.terms.size, tokens: record.terms.tokens,
            behind: room.ahead(of: record))
        return CostsOfPlaces(edge: places[0].total, cloud: places[1].total)
    }

    /// The resident that is expected to serve the request for less than the model that it asks for, and for the least.
    func standIn(for record: RequestRecord) -> ModelID? {
        let service = record.service
        func cost(_ model: ModelID, offloadable: Bool) -> Double {
            alternatives(
                service, model, offloadable: offloadable, size: record.terms.size, tokens: record.terms.tokens)[0].total
        }
        var lowest = cost(record.model, offloadable: record.offloadable)
        var best: ModelID?
        // A variant cannot stand in: a dispatch names an instance, and that is its base's.
        for model in catalogue[service].standIns where catalogue[model].base == nil {
            let instance = catalogue.instance(service, model)
            guard instance != record.instance, self[instance].isInService, !record.terms.unfit.contains(model) else {
                continue
            }
            let total = cost(model, offloadable: false)
            guard total < lowest else { continue }
            (lowest, best) = (total, model)
        }
        return best
    }
}
