import EmberSystem
import Foundation

extension ResidencyProgram {
    /// Memory counts in thousandths of the budget, which keeps small models away from the solver's tolerances.
    private static let wholeMemory = 1000.0

    /// Writes the program as a file in LP format, piece by piece; x of the stay at position p is called xp.
    func write(to file: any OpenFile, isInteger: Bool) throws(FileProblem) {
        var text = PieceWriter(file: file)
        try writeObjective(&text)
        try text.line("subject to")
        try writeResidency(&text)
        try writeMemory(&text)
        try text.line("bounds")
        for index in stays.indices { try text.line(" x\(index) <= 1") }
        if isInteger {
            try text.line("binary")
            for index in stays.indices { try text.line(" x\(index)") }
        }
        try text.line("end")
        try text.flush()
    }

    private func writeObjective(_ text: inout PieceWriter) throws(FileProblem) {
        let unit = unit
        try text.line("minimize")
        try text.line(" cost:")
        for (index, stay) in stays.enumerated() {
            if stay.saving > 0 { try text.line(" -\(stay.saving / unit) x\(index)") }
            if let loadCost = stay.loadCost { try text.line(" +\(loadCost / unit) y\(index)") }
        }
    }

    /// Resident is what stayed or was loaded.
    private func writeResidency(_ text: inout PieceWriter) throws(FileProblem) {
        for (index, stay) in stays.enumerated() {
            let before = continues(index) ? " - x\(index - 1)" : ""
            let load = stay.loadCost == nil ? "" : " - y\(index)"
            try text.line(" x\(index)\(before)\(load) <= 0")
        }
    }

    private func writeMemory(_ text: inout PieceWriter) throws(FileProblem) {
        try forEachSlot { (_, present) throws(FileProblem) in
            guard present.reduce(0, { $0 + shares[stays[$1].instance.index] }) > 1 else { return }
            for index in present {
                try text.line(" +\(Self.wholeMemory * shares[stays[index].instance.index]) x\(index)")
            }
            try text.line(" <= \(Self.wholeMemory)")
        }
    }
}

/// Collects lines and writes them in large pieces.
private struct PieceWriter {
    private static let pieceBytes = 1 << 20

    let file: any OpenFile
    private var piece = ""

    init(file: any OpenFile) { self.file = file }

    mutating func line(_ line: String) throws(FileProblem) {
        piece += line
        piece += "\n"
        if piece.utf8.count >= Self.pieceBytes { try flush() }
    }

    mutating func flush() throws(FileProblem) {
        try file.write(Data(piece.utf8))
        piece.removeAll(keepingCapacity: true)
    }
}
