import EmberCore
import Testing

/// The Age of Context law, worked by hand from the system model.
@Suite struct ContextGoldens {
    /// delta = b R;  K <- min(w/k, K + delta);  kappa <- min(K, max(0, kappa + delta - Delta));  here w/k 5, Delta 0.6.
    @Test func slotsFollowTheLaw() {
        var context = ContextState()
        let slots: [(served: Double, held: Double, kappa: Double)] = [
            (2, 2, 1.4),  // K 0 + 2;           kappa 0 + 2 - 0.6
            (0, 2, 0.8),  // K unchanged;       kappa 1.4 - 0.6
            (4, 5, 4.2),  // K min(5, 2 + 4);   kappa 0.8 + 4 - 0.6
            (3, 5, 5.0),  // K min(5, 5 + 3);   kappa min(5, 4.2 + 3 - 0.6 = 6.6)
            (0, 5, 4.4),  // kappa 5 - 0.6
        ]
        for (number, slot) in slots.enumerated() {
            let now = Time(seconds: Double(number + 1))
            context.endSlot(at: now, served: slot.served, vanishing: 0.6, window: 5)
            #expect(context.heldExamples == slot.held)
            #expect(abs(context.ageOfContext(at: now, vanishing: 0.6) - slot.kappa) < 1e-12)
        }
    }

    /// 1 - 3 x 0.4 = -0.2: kappa stops at 0, K stays.
    @Test func valueVanishesButExamplesStay() {
        var context = ContextState()
        context.endSlot(at: Time(seconds: 1), served: 1.4, vanishing: 0.4, window: 5)
        for slot in 2...4 { context.endSlot(at: Time(seconds: Double(slot)), served: 0, vanishing: 0.4, window: 5) }
        #expect(context.ageOfContext(at: Time(seconds: 4), vanishing: 0.4) == 0)
        #expect(context.heldExamples == 1.4)
        context.clear()
        #expect(context.heldExamples == 0)
    }

    /// Served at 0 s and 4 s with Delta 0.1: 1 at 0 s, 1 - 0.4 + 1 = 1.6 at 4 s, 1.6 - 0.6 = 1 at 10 s, 0 from 20 s on.
    @Test func timeFadesBetweenRequests() {
        var context = ContextState()
        context.serve(at: .zero, vanishing: 0.1, window: 10)
        context.serve(at: Time(seconds: 4), vanishing: 0.1, window: 10)
        #expect(context.heldExamples == 2)
        for (seconds, kappa) in [(4.0, 1.6), (10, 1), (20, 0), (500, 0)] {
            #expect(abs(context.ageOfContext(at: Time(seconds: seconds), vanishing: 0.1) - kappa) < 1e-12)
        }
    }

    @Test func clearedContextHasNoValue() {
        var context = ContextState()
        context.serve(at: Time(seconds: 3), vanishing: 0.1, window: 10)
        context.clear()
        #expect(context == ContextState())
        #expect(context.ageOfContext(at: Time(seconds: 3), vanishing: 0.1) == 0)
    }

    /// A window smaller than one example holds, and is worth, that part of it.
    @Test func theWindowCapsBoth() {
        var context = ContextState()
        for _ in 0..<4 { context.serve(at: .zero, vanishing: 0, window: 0.5) }
        #expect(context.heldExamples == 0.5)
        #expect(context.ageOfContext(at: .zero, vanishing: 0) == 0.5)
    }

    /// One request at the start of each slot of one second: kappa at the end of the slot is the same by both laws,
    /// as long as the window does not cap it: both give kappa + 1 - Delta, or 0.
    @Test(arguments: [0, 0.25, 0.6, 1, 1.5])
    func bothLawsAgreeBelowTheWindow(vanishing: Double) {
        var (slotted, live) = (ContextState(), ContextState())
        for slot in 1...50 {
            let (start, end) = (Time(seconds: Double(slot - 1)), Time(seconds: Double(slot)))
            live.serve(at: start, vanishing: vanishing, window: 100)
            slotted.endSlot(at: end, served: 1, vanishing: vanishing, window: 100)
            let kappas = [slotted, live].map { $0.ageOfContext(at: end, vanishing: vanishing) }
            #expect(abs(kappas[0] - kappas[1]) < 1e-9)
            #expect(abs(kappas[0] - Double(slot) * max(0, 1 - vanishing)) < 1e-9)
            #expect(slotted.heldExamples == live.heldExamples)
        }
    }

    /// At the window the slot law caps after the fading and the live one before it: they differ by Delta, not more.
    @Test func atTheWindowTheLawsDifferByOneFading() {
        var (slotted, live) = (ContextState(), ContextState())
        for slot in 1...20 {
            live.serve(at: Time(seconds: Double(slot - 1)), vanishing: 0.25, window: 3)
            slotted.endSlot(at: Time(seconds: Double(slot)), served: 1, vanishing: 0.25, window: 3)
        }
        #expect(slotted.ageOfContext(at: Time(seconds: 20), vanishing: 0.25) == 3)
        #expect(live.ageOfContext(at: Time(seconds: 20), vanishing: 0.25) == 2.75)
    }
}
