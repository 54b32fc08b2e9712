import Foundation

/// What the machine itself takes for the least that an operation of the store must do.
struct Yardsticks {
    private let file: Int32
    private let block = [UInt8](repeating: 7, count: 4096)
    private let numbers: [Float]

    init(folder: String, numbers count: Int) {
        file = open(folder + "/yardstick", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        precondition(file >= 0, "the folder cannot be written")
        numbers = (0..<count).map { Float($0 % 7) }
    }

    /// Appends a page to a file and waits for the disk.
    func append() {
        precondition(write(file, block, block.count) == block.count, "the disk is full")
        fsync(file)
    }

    /// Reads as many numbers as a service at its quota has, and adds them up.
    func read() -> Float {
        numbers.withUnsafeBytes { bytes in
            var sum = SIMD16<Float>.zero
            for offset in stride(from: 0, to: bytes.count / 64 * 64, by: 64) {
                sum += bytes.loadUnaligned(fromByteOffset: offset, as: SIMD16<Float>.self)
            }
            return sum.sum()
        }
    }
}
