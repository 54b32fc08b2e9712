import EmberCore

/// The residents of every slot, set beforehand.
struct ResidentSchedule: ResidentPlan {
    private let residents: [[Bool]]
    private var slot = 0

    /// Rounds a solution of the program: in every slot those instances are resident that are so at least by half, the
    /// surest first (ties: lowest id), as long as they fit.
    init(_ program: ResidencyProgram, _ residence: [Double], catalogue: Catalogue, memory: Bytes) {
        var residents = Array(
            repeating: [Bool](repeating: false, count: catalogue.instanceCount), count: program.slots)
        program.forEachSlot { slot, present in
            var space = memory
            let wanted = present.filter { residence[$0] >= 0.5 }
            for stay in wanted.sorted(by: { (-residence[$0], $0) < (-residence[$1], $1) }) {
                let instance = program.stays[stay].instance
                let bytes = catalogue[catalogue.model(of: instance)].residentBytes
                guard bytes <= space else { continue }
                residents[slot][instance.index] = true
                space = space - bytes
            }
        }
        self.residents = residents
    }

    mutating func next() -> [Bool] {
        defer { slot += 1 }
        return residents[slot]
    }
}
