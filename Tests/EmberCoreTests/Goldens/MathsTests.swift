import Foundation
import Testing

@testable import EmberCore

/// The functions of mathematics that decisions rest on: the same bits everywhere, and close to what the C library
/// gives.
@Suite struct MathsTests {
    /// The difference in units of the last place of the C library's result.
    private func distance(_ own: Double, _ library: Double) -> Double {
        own == library || (own.isNaN && library.isNaN) ? 0 : abs(own - library) / library.ulp
    }

    /// The C library may be off by one itself.
    private static let bound = 2.0

    @Test func theyAreCloseToTheLibrarys() {
        for seed in seeds(4) {
            var lots = SeededGenerator(seed: seed)
            for _ in 0..<20_000 {
                let value =
                    switch lots.whole(0...3) {
                    case 0: 1 + lots.number(-1e-3...1e-3)
                    case 1: lots.number(0...2)
                    case 2: lots.number(0...1e4)
                    default: Double(bitPattern: UInt64.random(in: 1..<0x7FF0_0000_0000_0000, using: &lots))
                    }
                let exponent = lots.happens(0.5) ? lots.number(-1100...1100) : lots.number(-2...2)
                #expect(distance(binaryLogarithm(value), log2(value)) <= Self.bound, "log2 \(value)")
                #expect(distance(naturalLogarithm(value), log(value)) <= Self.bound, "log \(value)")
                #expect(distance(powerOfTwo(exponent), exp2(exponent)) <= Self.bound, "exp2 \(exponent)")
                #expect(distance(halving(exponent), exp2(-exponent)) <= Self.bound, "exp2 -\(exponent)")
                let (base, root) = (lots.number(0...5000), lots.number(-8...8))
                #expect(distance(power(base, root), pow(base, root)) <= Self.bound, "\(base) to the \(root)")
            }
        }
    }

    @Test func powersOfTwoAreExact() {
        for exponent in -1074...1023 {
            let power = exp2(Double(exponent))
            #expect(powerOfTwo(Double(exponent)) == power && binaryLogarithm(power) == Double(exponent))
        }
    }

    @Test func theyEndWhereTheLibrarysDo() {
        let odd = [0, -0.0, -1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 1]
        for value in odd {
            #expect(distance(binaryLogarithm(value), log2(value)) == 0, "log2 \(value)")
            #expect(distance(naturalLogarithm(value), log(value)) <= Self.bound, "log \(value)")
            #expect(distance(powerOfTwo(value), exp2(value)) == 0, "exp2 \(value)")
            for base in odd where base.sign == .plus && !base.isNaN {
                #expect(distance(power(base, value), pow(base, value)) <= Self.bound, "\(base) to the \(value)")
            }
        }
    }

    /// On every platform and in every build: worked out with another language's doubles.
    @Test(
        arguments: [
            (0.1, 0xC00A_934F_0979_A371, 0xC002_6BB1_BBB5_5515),
            (0.5, 0xBFF0_0000_0000_0000, 0xBFE6_2E42_FEFA_39EF),
            (0.7, 0xBFE0_7762_2896_7D13, 0xBFD6_D3C3_24E1_3F50),
            (1.0000001, 0x3E83_5D0F_EA5F_CCB7, 0x3E7A_D7F2_847B_6492),
            (1.1, 0x3FC1_99B7_28CB_9D0C, 0x3FB8_663F_793C_46CC),
            (1.5, 0x3FE2_B803_473F_7AD1, 0x3FD9_F323_ECBF_984C),
            (2.0, 0x3FF0_0000_0000_0000, 0x3FE6_2E42_FEFA_39EF),
            (3.0, 0x3FF9_5C01_A39F_BD68, 0x3FF1_93EA_7AAD_030B),
            (10.0, 0x400A_934F_0979_A371, 0x4002_6BB1_BBB5_5516),
            (40.96, 0x4015_6CB0_F686_5C8F, 0x400D_B365_8584_03A3),
            (1e-300, 0xC08F_24A0_9F1A_8B89, 0xC085_9634_47F8_7FB5),
            (5e-324, 0xC090_C800_0000_0000, 0xC087_4385_446D_71C3),
            (1.7e+308, 0x408F_FF5A_E814_B54A, 0x4086_2DD0_8FDC_6F88),
            (123456.789, 0x4030_E9E4_BF2A_1CB2, 0x4027_7281_CAD8_A844),
        ] as [(Double, UInt64, UInt64)])
    func logarithmsHaveTheseBits(value: Double, binary: UInt64, natural: UInt64) {
        #expect(binaryLogarithm(value).bitPattern == binary)
        #expect(naturalLogarithm(value).bitPattern == natural)
    }

    @Test(
        arguments: [
            (0.0, 0x3FF0_0000_0000_0000),
            (1.0, 0x4000_0000_0000_0000),
            (-1.0, 0x3FE0_0000_0000_0000),
            (0.1, 0x3FF1_25FB_EE25_0665),
            (-0.1, 0x3FED_DB68_0117_AB12),
            (0.5, 0x3FF6_A09E_667F_3BCD),
            (3.7, 0x4029_FDF8_BCCE_533E),
            (-12.3, 0x3F29_FDF8_BCCE_533A),
            (100.25, 0x4633_06FE_0A31_B715),
            (-500.0, 0x20B0_0000_0000_0000),
            (-1022.5, 0x000B_504F_333F_9DE6),
            (-1074.0, 0x0000_0000_0000_0001),
            (1023.9, 0x7FED_DB68_0117_AA8E),
        ] as [(Double, UInt64)])
    func powersOfTwoHaveTheseBits(exponent: Double, bits: UInt64) {
        #expect(powerOfTwo(exponent).bitPattern == bits)
    }

    @Test(
        arguments: [
            (2.0, 0.5, 0x3FF6_A09E_667F_3BCD),
            (10.0, 0.3, 0x3FFF_EC98_2D5B_B8AF),
            (40.96, 0.5, 0x4019_9999_9999_999A),
            (0.25, 1.5, 0x3FC0_0000_0000_0000),
            (3.0, -2.0, 0x3FBC_71C7_1C71_C71C),
            (1.5, 7.0, 0x4031_1600_0000_0000),
            (1e-05, 0.7, 0x3F34_B96B_E9C2_DA2F),
            (1000.0, 0.9, 0x407F_52FE_E8B0_1D8A),
        ] as [(Double, Double, UInt64)])
    func powersHaveTheseBits(base: Double, exponent: Double, bits: UInt64) {
        #expect(power(base, exponent).bitPattern == bits)
    }
}
