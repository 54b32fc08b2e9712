/// Names of requests that nobody can guess: feedback and explanations are given to whoever knows one.
enum RequestName {
    /// 32 hexadecimal digits.
    static func random() -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: 32) { buffer in
            var bits: UInt64 = 0
            for index in 0..<32 {
                if index % 16 == 0 { bits = .random(in: .min ... .max) }
                buffer[index] = digits[Int(bits & 15)]
                bits >>= 4
            }
            return 32
        }
    }
}
