#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

func powerOfTwo(_ exponent: Double) -> Double { exp2(exponent) }

/// The power to which 2 must be raised.
func binaryLogarithm(_ value: Double) -> Double { log2(value) }

/// What is left of 1 after a number of half-lives.
func halving(_ halfLives: Double) -> Double { exp2(-halfLives) }
