/// Arithmetic on sizes out of files that may be made up: stops at a ceiling instead of trapping on overflow.
package enum Clamped {
    /// Far above any memory, and low enough that hundreds of clamped terms can be added.
    package static let ceiling = 1 << 52

    package static func product(_ factors: Int...) -> Int {
        var result = 1
        for factor in factors {
            let (product, overflow) = result.multipliedReportingOverflow(by: max(0, factor))
            result = overflow ? ceiling : min(product, ceiling)
        }
        return result
    }

    package static func sum(_ terms: some Sequence<Int>) -> Int {
        terms.reduce(0) { min($0 + min(max(0, $1), ceiling), ceiling) }
    }

    /// `value` rounded up to a multiple of `step`.
    package static func padded(_ value: Int, to step: Int) -> Int {
        (min(max(0, value), ceiling) + step - 1) / step * step
    }
}
