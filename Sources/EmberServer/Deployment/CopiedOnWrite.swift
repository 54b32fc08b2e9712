/// A value behind a reference: to copy it costs as much as to copy the reference, and a copy that changes gets a value
/// of its own first. For large values that are read much oftener than they are changed.
struct CopiedOnWrite<Value: Sendable>: Sendable {
    /// Unchecked, because only the one copy that refers to a box changes what is in it.
    private final class Box: @unchecked Sendable {
        var value: Value
        init(_ value: Value) { self.value = value }
    }

    private var box: Box

    init(_ value: Value) { box = Box(value) }

    var value: Value {
        _read { yield box.value }
        _modify {
            if !isKnownUniquelyReferenced(&box) { box = Box(box.value) }
            yield &box.value
        }
    }
}
