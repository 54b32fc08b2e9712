import Testing

@testable import EmberCore

/// The owner of queues and turns, without a planner.
@Suite struct WaitingRoomTests {
    private func asking(
        _ tenant: Int, at arrival: Double = 0, due: Double = 100, for instance: Int = 0
    ) -> WaitingRequest {
        WaitingRequest(
            for: InstanceID(instance), Flow(tenant: tenant, service: ServiceID(0)), arrival: Time(seconds: arrival),
            due: Time(seconds: due))
    }

    @Test func flowsTakeTurns() {
        var room = WaitingRoom(instances: 1)
        // Three of one tenant, then one of another: its first goes before the other's second.
        for request in 0..<3 { #expect(room.join(RequestID(request), asking(0, at: Double(request))) == request) }
        #expect(room.join(RequestID(3), asking(1, at: 3)) == 0)
        #expect(room.requests(for: InstanceID(0)).map(\.index) == [0, 3, 1, 2])
        room.serve(RequestID(0))
        room.serve(RequestID(3))
        room.serve(RequestID(1))
        #expect(room.round(of: InstanceID(0)) == 1)
        // One that comes now is of the round that is served, before a later one's.
        #expect(room.join(RequestID(4), asking(2, at: 5)) == 1)
        #expect(room.requests(for: InstanceID(0)).map(\.index) == [4, 2])
        #expect(
            room.ahead(of: Flow(tenant: 3, service: ServiceID(0)), arrival: Time(seconds: 6), for: InstanceID(0)) == 1)
    }

    @Test func oneThatIsTriedAgainKeepsItsTurn() {
        var room = WaitingRoom(instances: 1)
        let round = room.join(RequestID(0), asking(0, at: 0))
        _ = room.join(RequestID(1), asking(1, at: 1))
        room.serve(RequestID(0))
        room.rejoin(RequestID(0), asking(0, at: 0), round: round)
        #expect(room.first(for: InstanceID(0)) == RequestID(0))
    }

    @Test func theLastOfTheLargestFlowGivesUpItsPlace() {
        var room = WaitingRoom(instances: 2)
        for request in 0..<3 { _ = room.join(RequestID(request), asking(0, at: Double(request), for: request % 2)) }
        let all = [InstanceID(0), InstanceID(1)]
        let other = Flow(tenant: 1, service: ServiceID(0))
        #expect(room.requestToGiveUp(for: other, among: all) == RequestID(2))
        _ = room.join(RequestID(3), asking(1, at: 3))
        _ = room.join(RequestID(4), asking(1, at: 4))
        // It would then wait with as many.
        #expect(room.requestToGiveUp(for: other, among: all) == nil)
    }

    @Test func anInstanceIsNotedWhenItsLastRequestGoes() {
        var room = WaitingRoom(instances: 2)
        _ = room.join(RequestID(0), asking(0, for: 1))
        _ = room.join(RequestID(1), asking(0, for: 1))
        room.leave(RequestID(0))
        #expect(room.changed.isEmpty && room.instances == [InstanceID(1)])
        room.leave(RequestID(1))
        #expect(room.changed.removeNext()?.instance == InstanceID(1))
        #expect(room.instances.isEmpty && room.count == 0)
        #expect(room.firstDue(for: InstanceID(1)) == .distantFuture)
    }

    /// Against a plain array, after each of many random steps.
    @Test func itAgreesWithAPlainList() {
        for seed in seeds(8) {
            var lots = SeededGenerator(seed: seed)
            var room = WaitingRoom(instances: 3)
            var list: [(id: Int, asking: WaitingRequest, round: Int)] = []
            for step in 0..<500 {
                let id = lots.whole(0...20)
                if let place = list.firstIndex(where: { $0.id == id }) {
                    if lots.happens(0.3) { room.serve(RequestID(id)) } else { room.leave(RequestID(id)) }
                    list.remove(at: place)
                } else {
                    let asking = asking(
                        lots.whole(0...2), at: Double(step), due: lots.number(0...1000), for: lots.whole(0...2))
                    list.append((id, asking, room.join(RequestID(id), asking)))
                }
                for instance in 0..<3 { check(room, InstanceID(instance), list, "seed \(seed), step \(step)") }
                #expect(room.count == list.count)
            }
        }
    }

    private func check(
        _ room: WaitingRoom, _ instance: InstanceID, _ list: [(id: Int, asking: WaitingRequest, round: Int)],
        _ run: String
    ) {
        let own = list.filter { $0.asking.instance == instance }
            .sorted { ($0.round, $0.asking.arrival) < ($1.round, $1.asking.arrival) }
        #expect(room.requests(for: instance).map(\.index) == own.map(\.id), "\(run)")
        #expect(room.waitingSince(instance) == own.map(\.asking.arrival).min() ?? .distantFuture, "\(run)")
        #expect(room.firstDue(for: instance) == own.map(\.asking.due).min() ?? .distantFuture, "\(run)")
        #expect(room.instances.contains(instance) == !own.isEmpty, "\(run)")
        let now = Time(seconds: 500)
        #expect(
            room.due(for: instance, at: now).map(\.index) == own.filter { $0.asking.due <= now }.map(\.id), "\(run)")
    }
}
