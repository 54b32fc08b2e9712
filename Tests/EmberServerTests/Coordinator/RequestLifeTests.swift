@testable import EmberCore
import Testing

@testable import EmberServer

@Suite struct RequestLifeTests {
    private let service = ServiceID(0)
    private let model = ModelID(0)
    private let target = CloudTarget.at("http://127.0.0.1:1/v1")
    private let route = EdgeRoute(
        instance: InstanceID(1), model: ModelID(1), engine: FakeEngine(model: "m", baseURL: ""), reason: .standsIn)

    private func life() -> RequestLife {
        RequestLife(Ticket(request: RequestID(0), serial: 1, model: model), service, CloudRequestSize())
    }

    @Test func anOutcomeIsTakenOnce() {
        var life = life()
        #expect(life.takeOutcome() == nil)
        life.send(to: route)
        #expect(life.takeOutcome().route?.model == ModelID(1))
        #expect(life.takeOutcome() == nil)
        #expect(life.server == ModelID(1) && !life.isOffloaded)
    }

    /// Where it ran last is known until it is sent somewhere else: refusals and bills go by that.
    @Test func whatHasFailedKeepsItsPlaceWhileItIsDecidedAgain() {
        var life = life()
        life.send(to: target, .notAdmitted)
        #expect(life.isOffloaded && life.server == nil)
        life.decideAgain()
        #expect(life.stage == .deciding && life.offloadReason == .notAdmitted)
        life.send(to: route)
        #expect(life.stage == .sent && !life.isOffloaded && life.server == ModelID(1))
    }

    @Test func anExchangeThatWaitsHearsTheOutcome() async {
        var requests = LiveRequests()
        let ticket = requests.open(service, model, CloudRequestSize())
        let outcome = await withCheckedContinuation { waiter in
            requests[ticket.request].wait(waiter)
            requests[ticket.request].send(to: target, .notAdmitted)
        }
        #expect(outcome.offload?.target.name == target.name)
        #expect(requests[ticket.request].takeOutcome() == nil, "it has been heard")
        #expect(requests.contains(ticket))
    }

    @Test func aWaitThatEndsLeavesTheRequest() async {
        var requests = LiveRequests()
        let ticket = requests.open(service, model, CloudRequestSize())
        let outcome = await withCheckedContinuation { waiter in
            requests[ticket.request].wait(waiter)
            requests[ticket.request].endWait()
        }
        #expect(outcome == nil && requests.contains(ticket) && requests.count == 1)
        requests[ticket.request].endWait()
    }

    /// A refusal that was not taken yet keeps the request's integer.
    @Test func aRefusalIsKeptUntilItIsTaken() {
        var requests = LiveRequests()
        let ticket = requests.open(service, model, CloudRequestSize())
        requests.refuse(ticket.request, .shuttingDown)
        #expect(requests.contains(ticket) && requests.count == 1)
        let other = requests.open(service, model, CloudRequestSize())
        #expect(other.request != ticket.request)
        #expect(requests.takeOutcome(of: ticket).isShuttingDown == true)
        #expect(!requests.contains(ticket) && requests.count == 1)
    }

    @Test func aRefusalThatIsHeardEndsTheRequest() async {
        var requests = LiveRequests()
        let ticket = requests.open(service, model, CloudRequestSize())
        let outcome = await withCheckedContinuation { waiter in
            requests[ticket.request].wait(waiter)
            requests.refuse(ticket.request, .shuttingDown)
        }
        #expect(outcome.isShuttingDown && !requests.contains(ticket) && requests.count == 0)
    }

    @Test func aRequestIsRemovedOnceAndItsIntegerUsedAgain() {
        var requests = LiveRequests()
        let first = requests.open(service, model, CloudRequestSize())
        requests[first.request].fingerprint = 7
        #expect(requests.remove(first)?.fingerprint == 7)
        #expect(requests.remove(first) == nil)
        let second = requests.open(service, ModelID(1), CloudRequestSize())
        #expect(second.request == first.request && !requests.contains(first) && requests.contains(second))
        #expect(requests[second.request].fingerprint == nil)
        #expect(requests.remove(first) == nil && requests.count == 1)
    }

    /// An admission concerns those that wait for its model, and no others.
    @Test func trailsOfThoseThatWait() {
        var (requests, trails) = (LiveRequests(), RequestTrails())
        func open(_ model: ModelID) -> Ticket {
            let ticket = requests.open(service, model, CloudRequestSize())
            requests[ticket.request].trail = trails.open(
                RequestDecisionView(
                    id: "\(ticket.serial)", service: "s", model: "m", arrived: 0, alternatives: [], steps: []))
            return ticket
        }
        let tickets = [model, ModelID(1), model, model].map(open)
        requests[tickets[2].request].send(to: route)
        _ = requests.remove(tickets[3])
        let waiting = requests.waitingTrails { $0 == model }
        #expect(waiting == [requests[tickets[0].request].trail])
        #expect(requests.firstWaiting == tickets[0].request)
        #expect(requests.all == tickets[..<3].map(\.request))
        requests.refuse(tickets[0].request, .shuttingDown)
        #expect(requests.firstWaiting == tickets[1].request)
    }
}
