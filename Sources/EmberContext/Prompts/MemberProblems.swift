/// What is wrong with the members of a body that is JSON: the first problem, and the first one for llama-server alone.
///
/// A later member of the same key replaces the earlier one, so it takes the earlier one's problem away.
struct MemberProblems: Sendable {
    private struct Found {
        let key: StaticString
        let problem: BodyProblem
    }

    private var found: Found?
    private var foundForEngine: Found?

    var first: BodyProblem? { found?.problem }
    /// What llama-server answers with an error of its own, such as a prompt that is missing; other engines may take it.
    var firstForEngine: BodyProblem? { foundForEngine?.problem }

    /// The problem is put into words only where it is the first.
    mutating func report(_ key: StaticString, _ problem: @autoclosure () -> BodyProblem) {
        if found == nil { found = Found(key: key, problem: problem()) }
    }

    mutating func reportForEngine(_ key: StaticString, _ problem: @autoclosure () -> BodyProblem) {
        if foundForEngine == nil { foundForEngine = Found(key: key, problem: problem()) }
    }

    /// The whole body lacks a member, which counts more than what is wrong with one.
    mutating func reportMissing(_ key: StaticString, _ problem: BodyProblem) {
        foundForEngine = Found(key: key, problem: problem)
    }

    /// A member of this key begins.
    mutating func forget(_ key: StaticString) {
        if let found, "\(found.key)" == "\(key)" { self.found = nil }
        if let found = foundForEngine, "\(found.key)" == "\(key)" { foundForEngine = nil }
    }
}
