/// Where a block stands, for errors: put into words only where it is wrong.
struct MessagesPlace: CustomStringConvertible {
    /// nil: in the system prompt.
    let message: Int?
    private var blocks: [Int] = []

    init(message: Int?) { self.message = message }

    /// A block of that content.
    func block(_ index: Int) -> MessagesPlace {
        var place = self
        place.blocks.append(index)
        return place
    }

    var description: String {
        guard let message else { return "system" + blocks.map { "[\($0)]" }.joined() }
        return "messages[\(message)]" + blocks.map { ".content[\($0)]" }.joined()
    }
}
