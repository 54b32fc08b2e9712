/// Residents ranked by lower bounds of their scores, so that those which may be the lowest are found without scoring
/// the others.
///
/// Bounds fall with time. Those that fall at like speeds are of one grade, with a ranking of its own by a key that
/// orders them at any instant; the lowest of all is the lowest of the grades' first. O(grades + log residents).
struct BoundRanking: Codable, Sendable {
    let fall: ScoreFall
    /// By grade.
    private var rankings: [Ranking]
    /// By instance.
    private var grades: [Int]

    init(_ fall: ScoreFall, instances: Int) {
        self.fall = fall
        rankings = Array(repeating: Ranking(instances: instances), count: fall.grades)
        grades = Array(repeating: 0, count: instances)
    }

    func contains(_ instance: InstanceID) -> Bool { rankings[grades[instance.index]].contains(instance) }

    mutating func rank(_ instance: InstanceID, by bound: ScoreBound, at now: Double) {
        let grade = fall.grade(of: bound)
        if grade != grades[instance.index] {
            remove(instance)
            grades[instance.index] = grade
        }
        rankings[grade].rank(instance, by: fall.key(of: bound.least, grade, at: now))
    }

    /// The least that the resident's score can be at `now`; nil when it is not ranked.
    func floor(of instance: InstanceID, at now: Double) -> Double? {
        let grade = grades[instance.index]
        return rankings[grade].key(of: instance).map { fall.floor(of: $0, grade, at: now) }
    }

    mutating func remove(_ instance: InstanceID) { rankings[grades[instance.index]].remove(instance) }

    /// The resident that may have the lowest score, and the least that this can be at `now`; an infinite score when
    /// none is ranked.
    func lowest(at now: Double) -> ScoredResident {
        var lowest = ScoredResident(score: .infinity, instance: InstanceID(0))
        for grade in rankings.indices {
            guard let first = rankings[grade].lowest else { continue }
            let floor = fall.floor(of: first.key, grade, at: now)
            if floor < lowest.score { lowest = ScoredResident(score: floor, instance: first.instance) }
        }
        return lowest
    }
}
