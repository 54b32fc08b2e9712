import EmberDocument

/// The fields of one line of CSV without quotes, read as what they should be; an error has the field's column.
struct CSVFields {
    private let text: String
    private let fields: [Substring]

    /// - Parameter header: the columns that there must be, as the file's first line has them.
    init(_ text: String, header: String) throws(BadLine) {
        self.text = text
        fields = text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map { Substring($0) }
        let columns = header.utf8.count { $0 == UInt8(ascii: ",") } + 1
        guard fields.count == columns else {
            throw BadLine(column: 1, message: "has \(fields.count) columns; write the \(columns) of \(header)")
        }
    }

    subscript(index: Int) -> Substring { fields[index] }

    /// A number of the range; `noun` says of what, as in "time in seconds".
    func number(_ index: Int, _ noun: String, in range: ClosedRange<Double>) throws(BadLine) -> Double {
        guard let number = Double(fields[index]), range.contains(number) else {
            throw bad(index, "is no \(noun); write a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func tokens(_ index: Int) throws(BadLine) -> Int {
        guard let tokens = Int(fields[index]), TraceRequest.tokenRange.contains(tokens) else {
            throw bad(
                index, "is no number of tokens; write one from 0 to \(TraceRequest.tokenRange.upperBound)")
        }
        return tokens
    }

    func name(_ index: Int, of thing: String) throws(BadLine) -> String {
        let name = String(fields[index])
        guard ModelName.isValid(name) else { throw bad(index, "is no name of \(thing); \(ModelName.rule)") }
        return name
    }

    func bad(_ index: Int, _ message: String) -> BadLine {
        let before = text.unicodeScalars.distance(from: text.startIndex, to: fields[index].startIndex)
        return BadLine(column: before + 1, message: "\(Quotation.of(String(fields[index]))) \(message)")
    }
}
