// What of a prompt the model does not keep token by token, so that an engine cannot go back to any token of it.
extension GGUFHeader {
    /// Tokens that layers with a sliding window keep, and how many layers keep one state in place of all tokens.
    public var keeping: (window: Int?, recurrentLayers: Int, layers: Int) {
        let plan = LayerPlan(self)
        let recurrent = plan.layers.count { $0.stateElements > 0 }
        return (plan.window > 0 ? plan.window : nil, recurrent, plan.layers.count)
    }
}
