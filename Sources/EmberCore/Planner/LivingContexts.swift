/// Which services' contexts on which instances may not have faded to nothing: where many services share a model, few
/// have.
struct LivingContexts: Codable, Sendable {
    /// By instance, words of 64 services each.
    private var words: [UInt64]
    let wordsEach: Int

    init(instances: Int, services: Int) {
        wordsEach = (services + 63) / 64
        words = Array(repeating: 0, count: instances * wordsEach)
    }

    mutating func insert(_ service: ServiceID, on instance: InstanceID) {
        words[place(service.index >> 6, instance)] |= bit(service)
    }

    mutating func remove(_ service: ServiceID, on instance: InstanceID) {
        words[place(service.index >> 6, instance)] &= ~bit(service)
    }

    /// Those of one of an instance's words as they are now, in the order of ids.
    func services(ofWord word: Int, on instance: InstanceID) -> some Sequence<ServiceID> {
        SetBits(of: words[place(word, instance)]).lazy.map { ServiceID(word << 6 + $0) }
    }

    private func place(_ word: Int, _ instance: InstanceID) -> Int { instance.index * wordsEach + word }

    private func bit(_ service: ServiceID) -> UInt64 { 1 << UInt64(service.index & 63) }
}
