import EmberCore
import EmberDocument

// The log has a line for every request, and a JSONEncoder would take a fifth of what the server does. The members are
// those that it writes for /ember/v1/decisions/ID.
extension RequestDecisionView {
    /// As JSON on one line.
    var line: String { json.lineText }

    private var json: JSONValue {
        .object([
            "id": .string(id), "service": .string(service), "model": .string(model), "arrived": .number(arrived),
            "alternatives": .array(alternatives.map(\.json)), "steps": .array(steps.map(\.json)),
            "admissions": .array(admissions.map(\.json)),
        ])
    }
}

extension RequestDecisionView.Alternative {
    fileprivate var json: JSONValue {
        let terms = CostTerm.allCases.map { (key: $0.name, value: JSONValue.number(costs[$0])) }
        let members =
            [("model", .string(model)), ("place", .string(place))] + terms
            + [("total", .number(total)), ("is_chosen", .bool(isChosen))]
        return .object(members.map(JSONValue.Member.init))
    }
}

extension RequestDecisionView.Step {
    fileprivate var json: JSONValue {
        .present([
            "time": .number(time), "what": .string(what), "why": why.map(JSONValue.string),
            "tokens": tokens.map(JSONValue.integer), "slot": slot?.json,
        ])
    }
}

extension SlotUseView {
    fileprivate var json: JSONValue {
        .present([
            "slot": slot.map(JSONValue.integer), "expected_tokens": .integer(expectedTokens),
            "reused_tokens": reusedTokens.map(JSONValue.integer),
            "restored_tokens": restoredTokens.map(JSONValue.integer),
        ])
    }
}

extension DecisionView {
    fileprivate var json: JSONValue {
        .present([
            "time": .number(time), "outcome": .string(outcome), "newcomer": newcomer.map(JSONValue.string),
            "needed_bytes": .integer(neededBytes), "free_bytes": .integer(freeBytes),
            "claim": claim.map(JSONValue.number), "candidates": .array(candidates.map(\.json)),
            "others": .integer(others), "victims": .array(victims.map(JSONValue.string)),
        ])
    }
}

extension DecisionView.Candidate {
    fileprivate var json: JSONValue {
        .present([
            "model": .string(model), "standing": .string(standing), "score": score.map(JSONValue.number),
            "age_of_context": .number(ageOfContext), "bytes": .integer(bytes),
        ])
    }
}

extension JSONValue {
    /// An object of the members that there are.
    fileprivate static func present(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
        .object(members.compactMap { key, value in value.map { Member(key: key, value: $0) } })
    }
}
