import EmberCore
import Testing

@testable import EmberSim

/// Sums of which others are made.
@Suite struct TallyTests {
    @Test func tallyOfTallies() {
        var (one, other) = (Tally(), Tally())
        for value in [1.0, 2] { one.add(value) }
        for value in [6.0, 7, 8, 9] { other.add(value) }
        one.add(other)
        #expect(one.sum == 33 && one.count == 6 && one.mean == 5.5)
        one.add(Tally())
        #expect(one.mean == 5.5 && Tally().mean == nil)
    }

    /// Requests come in any order of their streams, and again and again of the same.
    @Test func volumesOfASlotAreOneAStreamInTheirOrder() {
        var volumes = TraceVolumes()
        for (stream, requests) in [(2, 10.0), (0, 1), (1, 5), (2, 30), (0, 3)] {
            volumes.add(requests, dispersion: nil, stream: stream, slot: 3)
        }
        #expect(volumes.streams == 3 && volumes.slots.count == 4 && volumes.slots[0].isEmpty)
        #expect(volumes.slots[3].map(\.stream) == [0, 1, 2] && volumes.slots[3].map(\.requests) == [4, 5, 40])
    }

    /// 2 of 10 and 6 of 30 together have (2 x 10 + 6 x 30) / 40.
    @Test func dispersionsAreWeightedByTheirRequests() {
        var volumes = TraceVolumes()
        volumes.add(10, dispersion: 2, stream: 0, slot: 0)
        volumes.add(30, dispersion: 6, stream: 0, slot: 0)
        volumes.add(0, dispersion: 9, stream: 1, slot: 0)
        volumes.add(0, dispersion: 1, stream: 1, slot: 0)
        #expect(
            volumes.slots == [
                [
                    StreamVolume(stream: 0, requests: 40, dispersion: 5),
                    StreamVolume(stream: 1, requests: 0, dispersion: 9),
                ]
            ])
    }
}
