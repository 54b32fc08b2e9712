import Foundation

/// How far a sample's mean may be from the mean of all seeds: Student's t, two-sided, 95 %.
///
/// Where rows with equal seeds are compared, the difference is often known better than either interval shows.
enum ConfidenceInterval {
    /// Half of the interval's width; nil for a sample of one.
    static func halfWidth(deviation: Double, count: Int) -> Double? {
        guard count > 1 else { return nil }
        return quantile(freedom: count - 1) * deviation / Double(count).squareRoot()
    }

    /// The t of which 95 % lie within -t ... t, for a number of degrees of freedom; to 1e-9, O(freedom) up to 1000.
    static func quantile(freedom: Int) -> Double {
        // From there on the limit's expansion is as good (Abramowitz and Stegun 26.7.5, z = 1.96).
        guard freedom <= 1000 else {
            let (z, n) = (1.959963984540054, Double(freedom))
            return z + (z * z * z + z) / (4 * n) + (5 * pow(z, 5) + 16 * pow(z, 3) + 3 * z) / (96 * n * n)
        }
        var (low, high) = (0.0, 16.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if share(within: middle, freedom: freedom) < 0.95 { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }

    /// P(|T| < t) (Abramowitz and Stegun 26.7.3 and 26.7.4).
    private static func share(within t: Double, freedom: Int) -> Double {
        let angle = atan(t / Double(freedom).squareRoot())
        let square = cos(angle) * cos(angle)
        let isOdd = freedom % 2 == 1
        var (term, sum) = (isOdd ? cos(angle) : 1, 0.0)
        for k in stride(from: isOdd ? 3 : 2, through: freedom, by: 2) {
            sum += term
            term *= square * Double(k - 1) / Double(k)
        }
        return isOdd ? 2 / .pi * (angle + sin(angle) * sum) : sin(angle) * sum
    }
}

extension ComparisonRow {
    /// Half of the 95 % confidence interval's width; nil for a single seed.
    func interval(_ measure: Measure) -> Double? {
        ConfidenceInterval.halfWidth(deviation: deviation(measure), count: runs.count)
    }
}
