/// Shares of a whole as text: "60%" is 0.6.
public enum ShareFormat {
    /// The share, above 0 and at most 1, that a text such as "60%" stands for.
    public static func parse(_ text: String) throws(QuantityError) -> Double {
        guard let parts = QuantityScanner.parts(of: text), parts.count == 1, parts[0].unit == "%" else {
            throw QuantityError("is not a share")
        }
        guard parts[0].number > 0, parts[0].number <= 100 else {
            throw QuantityError("is not a share above 0% and at most 100%")
        }
        return parts[0].number / 100
    }

    /// The text of a share, in percent with at most four decimals.
    public static func format(_ share: Double) -> String {
        guard share.isFinite else { return "0%" }
        let percent = (min(max(share, 0), 1) * 1_000_000).rounded() / 10_000
        return percent == percent.rounded() ? "\(Int(percent))%" : "\(percent)%"
    }
}
