/// The vectors by one embedding model of one service's demonstrations, in memory.
///
/// Rows are scaled to length 1, so that a cosine is a scalar product. They lie in blocks: who still reads a copy makes
/// a writer copy one block, not all.
struct VectorMatrix: Sendable {
    /// The service's id in the database.
    let service: Int
    let dimension: Int

    private static let rowsPerBlock = 256
    /// Numbers a row takes: the dimension, filled up with zeros to what a step of the scalar product takes.
    private let rowLength: Int
    private var ids: [Int] = []
    /// For every row an index into `models`.
    private var modelOfRow: [Int32] = []
    private var models: [String?] = []
    private var blocks: [[Float]] = []

    init(service: Int, dimension: Int) {
        self.service = service
        self.dimension = dimension
        let step = ScalarProduct.step
        rowLength = (dimension + step - 1) / step * step
    }

    var count: Int { ids.count }

    /// What the rows take in memory.
    var bytes: Int { blocks.count * Self.rowsPerBlock * rowLength * MemoryLayout<Float>.stride }

    /// Adds a row; the vector is of this matrix's dimension and not zero.
    mutating func append(_ id: Int, model: String?, _ vector: [Float]) {
        let row = ids.count
        if row % Self.rowsPerBlock == 0 { blocks.append(Array(repeating: 0, count: Self.rowsPerBlock * rowLength)) }
        let start = row % Self.rowsPerBlock * rowLength
        let scale = 1 / Self.length(vector)
        blocks[blocks.count - 1].withUnsafeMutableBufferPointer { block in
            for (offset, number) in vector.enumerated() { block[start + offset] = Float(Double(number) * scale) }
        }
        ids.append(id)
        modelOfRow.append(code(of: model))
    }

    /// Removes a row if it is there; the last one takes its place. O(rows + dimension).
    mutating func remove(_ id: Int) {
        guard let row = ids.firstIndex(of: id) else { return }
        let last = ids.count - 1
        if row != last { replace(row, with: last) }
        ids.removeLast()
        modelOfRow.removeLast()
        if last % Self.rowsPerBlock == 0 { blocks.removeLast() }
    }

    /// The `count` rows that are nearest by cosine, the nearest first and the newest first among equals; exact,
    /// O(rows x dimension).
    func nearest(_ count: Int, to vector: [Float], model: String?) -> [Neighbour] {
        let accepted = models.map { model == nil || $0 == nil || $0 == model }
        let scale = 1 / Self.length(vector)
        let query = vector.map { Float(Double($0) * scale) } + Array(repeating: 0, count: rowLength - dimension)
        var best = NearestNeighbours(limit: count)
        query.withUnsafeBufferPointer { query in
            for (block, values) in blocks.enumerated() {
                let first = block * Self.rowsPerBlock
                values.withUnsafeBufferPointer { values in
                    for row in first..<min(first + Self.rowsPerBlock, ids.count) where accepted[Int(modelOfRow[row])] {
                        let start = (row - first) * rowLength
                        let cosine = ScalarProduct.of(values, from: start, query)
                        best.offer(Neighbour(id: ids[row], cosine: cosine))
                    }
                }
            }
        }
        return best.ranked
    }

    private mutating func replace(_ row: Int, with other: Int) {
        let source = other % Self.rowsPerBlock * rowLength
        let values = Array(blocks[other / Self.rowsPerBlock][source..<source + rowLength])
        let target = row % Self.rowsPerBlock * rowLength
        blocks[row / Self.rowsPerBlock].replaceSubrange(target..<target + rowLength, with: values)
        ids[row] = ids[other]
        modelOfRow[row] = modelOfRow[other]
    }

    private mutating func code(of model: String?) -> Int32 {
        if let known = models.firstIndex(of: model) { return Int32(known) }
        models.append(model)
        return Int32(models.count - 1)
    }

    /// In double precision, so that no square is lost or too large.
    private static func length(_ vector: [Float]) -> Double {
        var squares = 0.0
        for number in vector { squares += Double(number) * Double(number) }
        return squares.squareRoot()
    }
}
