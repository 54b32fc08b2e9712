/// The texts of a body that one prompt is made of.
struct PromptTexts: Sendable {
    /// Of the messages, or the one text.
    var prompt = PromptMeasure.Text()
    /// A system prompt by itself.
    var instructions = PromptMeasure.Text()
    /// A question to rank by.
    var query: PromptMeasure.Text?

    /// All of them as one prompt; the tokens are those of the messages' marks.
    var total: PromptMeasure.Text {
        var total = prompt
        total.visibleBytes += instructions.visibleBytes + (query?.visibleBytes ?? 0)
        return total
    }
}
