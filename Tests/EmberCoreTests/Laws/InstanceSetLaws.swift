import Testing

@testable import EmberCore

@Suite struct InstanceSetLaws {
    @Test func itHoldsWhatASetHoldsInTheOrderOfIds() {
        for size in [1, 63, 64, 65, 200] {
            var lots = SeededGenerator(seed: UInt64(size))
            var (set, plain) = (InstanceSet(instances: size), Set<Int>())
            for _ in 0..<300 {
                let id = lots.whole(0...(size - 1))
                if lots.happens(0.5) {
                    set.insert(InstanceID(id))
                    plain.insert(id)
                } else {
                    set.remove(InstanceID(id))
                    plain.remove(id)
                }
                #expect(set.map(\.index) == plain.sorted())
                #expect(set.contains(InstanceID(id)) == plain.contains(id))
            }
        }
    }
}
