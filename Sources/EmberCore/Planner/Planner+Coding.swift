// A planner is encoded as it is, to the last bit and the last place of a ranking: what was made anew might break ties otherwise.
extension Planner {
    /// Of what there is only while an event is handled, nothing is left between two events; decisions have been taken.
    enum CodingKeys: String, CodingKey {
        case edge, policy, requests, reserved, queued, nextLook, ranking, knownScores
    }
}
