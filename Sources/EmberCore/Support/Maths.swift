// The functions of mathematics that decisions rest on. The C library's differ in their last bits from one platform to
// the next, and a log that is replayed elsewhere must decide the same. These are made of +, -, *, / and bit patterns
// alone, which IEEE 754 defines to the last bit; Swift never fuses a product and a sum. Results are within 1 unit in
// the last place (`MathsTests`), except those of `power` for exponents beyond about 8.

/// The power to which 2 must be raised to give the value.
func binaryLogarithm(_ value: Double) -> Double {
    guard value > 0, value < .infinity else { return LogarithmParts.limit(value) }
    let (high, low) = LogarithmParts(value).binary
    return high + low
}

/// The power to which e must be raised to give the value.
func naturalLogarithm(_ value: Double) -> Double {
    guard value > 0, value < .infinity else { return LogarithmParts.limit(value) }
    return LogarithmParts(value).natural
}

/// 2 to the exponent.
@inline(__always)
func powerOfTwo(_ exponent: Double) -> Double { PowerOfTwo.value(exponent, 0) }

/// What is left of 1 after that many half-lives.
@inline(__always)
func halving(_ halfLives: Double) -> Double { PowerOfTwo.value(-halfLives, 0) }

/// A base that is not negative to the exponent.
func power(_ base: Double, _ exponent: Double) -> Double {
    if exponent == 0 || base == 1 { return 1 }
    guard base >= 0, !exponent.isNaN else { return .nan }
    if base == 0 { return exponent > 0 ? 0 : .infinity }
    let rough = binaryLogarithm(base) * exponent
    guard abs(rough) < 1100 else { return rough > 0 ? .infinity : 0 }
    // The logarithm and its product with the exponent in two parts each. The higher parts have few bits, which makes
    // their product exact.
    let parts = LogarithmParts(base).binary
    let sum = parts.0 + parts.1
    let rest = (parts.0 - sum) + parts.1
    let (sumHigh, exponentHigh) = (sum.upperBits, exponent.upperBits)
    let (sumLow, exponentLow) = (sum - sumHigh, exponent - exponentHigh)
    let high = sumHigh * exponentHigh
    let low = sumLow * exponentHigh + sumHigh * exponentLow + sumLow * exponentLow + rest * exponent
    let product = high + low
    return PowerOfTwo.value(product, (high - product) + low)
}

/// A positive value as 2^exponent x (1 + f), the latter between the square roots of 1/2 and 2, with ln(1 + f) in two
/// parts.
///
/// ln(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)) where s = f / (2 + f), and R(z) = 2z/3 + 2z^2/5 + 2z^3/7 + ...
private struct LogarithmParts {
    let exponent: Double
    let high: Double
    let low: Double

    private static let rootOfHalf: UInt64 = 0x3FE6_A09E_667F_3BCD
    private static let leastNormal: UInt64 = 0x0010_0000_0000_0000
    // 1 / ln 2 and ln 2, each as a number of 21 bits and the rest.
    private static let inverseHigh = 1.442_694_664_001_464_8
    private static let inverseLow = 3.768_874_985_636_099e-07
    private static let twoHigh = 0.693_146_705_627_441_4
    private static let twoLow = 4.749_325_039_031_672_6e-07

    @inline(__always)
    init(_ value: Double) {
        var (bits, scale) = (value.bitPattern, 0.0)
        if bits < Self.leastNormal { (bits, scale) = ((value * 0x1p54).bitPattern, 54) }
        let power = Int64(bitPattern: bits &- Self.rootOfHalf) >> 52
        let f = Double(bitPattern: bits &- UInt64(bitPattern: power << 52)) - 1
        exponent = Double(power) - scale
        let s = f / (2 + f)
        let half = 0.5 * f * f
        high = (f - half).upperBits
        low = (f - high) - half + s * (half + Self.remainder(s * s))
    }

    /// R(z), by the polynomial that meets it at Chebyshev's points; to 1e-17.
    @inline(__always)
    private static func remainder(_ z: Double) -> Double {
        var sum = 0.146_164_496_850_434_06
        sum = sum * z + 0.153_317_216_005_560_42
        sum = sum * z + 0.181_828_891_252_617_23
        sum = sum * z + 0.222_222_111_347_950_8
        sum = sum * z + 0.285_714_286_259_754_87
        sum = sum * z + 0.399_999_999_998_995_05
        sum = sum * z + 0.666_666_666_666_667
        return sum * z
    }

    /// The logarithm to the base of 2, as the sum of two.
    @inline(__always)
    var binary: (Double, Double) {
        let first = high * Self.inverseHigh
        let rest = (high + low) * Self.inverseLow + low * Self.inverseHigh
        let sum = exponent + first
        return (sum, ((exponent - sum) + first) + rest)
    }

    var natural: Double {
        guard exponent != 0 else { return high + low }
        let first = exponent * Self.twoHigh
        let sum = first + high
        return sum + (((first - sum) + high) + (low + exponent * Self.twoLow))
    }

    /// The logarithm of 0, infinity, and what has none.
    static func limit(_ value: Double) -> Double { value == 0 ? -.infinity : value == .infinity ? value : .nan }
}

private enum PowerOfTwo {
    /// Added to an exponent, it leaves no more of it than its 32nds.
    private static let shift = 0x1.8p52 / 32
    private static let shiftBits: UInt64 = 0x42E8_0000_0000_0000

    /// 2^(exponent + rest): the power of its whole part and its 32nds from a table, times 1 + (2^r - 1) by the series
    /// of e^(r ln 2).
    @inline(__always)
    static func value(_ exponent: Double, _ rest: Double) -> Double {
        guard abs(exponent) < 1000 else { return extreme(exponent, rest) }
        let (place, factor) = parts(exponent, rest)
        return factor * Double(bitPattern: UInt64(bitPattern: (place >> 5) + 1023) << 52)
    }

    /// - Returns: the exponent in 32nds, rounded; and 2 to what of the exponent is left by its whole part.
    @inline(__always)
    private static func parts(_ exponent: Double, _ rest: Double) -> (place: Int64, factor: Double) {
        let shifted = exponent + shift
        let place = Int64(bitPattern: shifted.bitPattern &- shiftBits)
        let r = (exponent - (shifted - shift)) + rest
        var sum = 0.000_154_035_303_933_816_1
        sum = sum * r + 0.001_333_355_814_642_844_3
        sum = sum * r + 0.009_618_129_107_628_477
        sum = sum * r + 0.055_504_108_664_821_58
        sum = sum * r + 0.240_226_506_959_100_72
        sum = sum * r + 0.693_147_180_559_945_3
        let tabled = powersOfTwo[Int(truncatingIfNeeded: place & 31)]
        return (place, tabled + tabled * (sum * r))
    }

    /// Where the result, or a factor of it, may be no normal number.
    private static func extreme(_ exponent: Double, _ rest: Double) -> Double {
        guard exponent <= 1024 else { return exponent.isNaN ? exponent : .infinity }
        guard exponent > -1080 else { return exponent.isNaN ? exponent : 0 }
        let (place, factor) = parts(exponent, rest)
        let half = (place >> 5) / 2
        let scales = [half, (place >> 5) - half].map { Double(bitPattern: UInt64(bitPattern: $0 + 1023) << 52) }
        return factor * scales[0] * scales[1]
    }
}

/// 2^(n/32).
private let powersOfTwo: [Double] = [
    1.0, 1.0218971486541166, 1.0442737824274138, 1.0671404006768237, 1.0905077326652577, 1.1143867425958924,
    1.1387886347566916, 1.1637248587775775, 1.189207115002721, 1.215247359980469, 1.241857812073484, 1.2690509571917332,
    1.2968395546510096, 1.3252366431597413, 1.3542555469368927, 1.383909881963832, 1.4142135623730951,
    1.4451808069770467, 1.4768261459394993, 1.5091644275934228, 1.5422108254079407, 1.5759808451078865,
    1.6104903319492543, 1.645755478153965, 1.681792830507429, 1.718619298122478, 1.7562521603732995, 1.7947090750031072,
    1.8340080864093424, 1.8741676341103, 1.9152065613971474, 1.9571441241754002,
]

extension Double {
    /// Its 21 highest bits.
    @inline(__always)
    fileprivate var upperBits: Double { Double(bitPattern: bitPattern & 0xFFFF_FFFF_0000_0000) }
}
