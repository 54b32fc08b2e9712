#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is left of 1 after so many half-lives.
func halving(_ halfLives: Double) -> Double { exp2(-halfLives) }
