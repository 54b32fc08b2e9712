import EmberDocument

/// Tells whether two runs were asked for the same: a hash (FNV-1a, 64 bits) of all that figures follow from.
///
/// It guards against mistakes, not against anyone who wants equal fingerprints.
struct Fingerprint {
    private var value: UInt64 = 0xCBF2_9CE4_8422_2325

    var text: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    mutating func take(_ text: String) {
        for byte in text.utf8 { take(byte) }
        // No byte of UTF-8: "ab", "c" and "a", "bc" differ.
        take(UInt8.max)
    }

    private mutating func take(_ number: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { take(UInt8(truncatingIfNeeded: number >> UInt64(shift))) }
    }

    private mutating func take(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }

    /// What a document states, wherever it does so and with whatever comments.
    mutating func take(_ node: DocumentNode) {
        switch node.content {
        case .scalar(let scalar): take(scalar.text)
        case .sequence(let elements):
            take("[\(elements.count)")
            for element in elements { take(element) }
        case .mapping(let entries):
            take("{\(entries.count)")
            for entry in entries {
                take(entry.key)
                take(entry.value)
            }
        }
    }

    /// Requests that come from elsewhere than the document.
    mutating func take(_ workload: WorkloadKind) {
        switch workload {
        case .stationary, .drift, .bursty, .adversarial, .diurnal, .mix: break
        case .trace(let trace):
            for volumes in trace.volumes.slots {
                take(UInt64(volumes.count))
                for volume in volumes {
                    take(UInt64(volume.stream))
                    take(volume.requests.bitPattern)
                    take(volume.dispersion?.bitPattern ?? .max)
                }
            }
            for request in trace.recorded {
                take(UInt64(bitPattern: Int64(request.nanoseconds)))
                take(UInt64(bitPattern: Int64(request.stream)))
                take(UInt64(bitPattern: Int64(request.inputTokens)))
                take(UInt64(bitPattern: Int64(request.outputTokens)))
            }
        case .recorded(let run):
            for arrival in run.arrivals {
                take(arrival.time.seconds.bitPattern)
                take(UInt64(arrival.pair.index))
                take(UInt64(bitPattern: Int64(arrival.inputTokens)))
            }
        case .matrix(let workload):
            for batches in workload.slots {
                take(UInt64(batches.count))
                for batch in batches {
                    take(UInt64(batch.pair.index))
                    take(UInt64(batch.count))
                }
            }
        }
    }
}
