/// Whether what is left of a body is read and dropped, as its request has been answered.
///
/// Many clients send everything before they read anything. One whose body was refused early would wait for Ember to
/// read on while Ember waited for it to close.
struct LeftoverBody {
    /// Requests without the end of their answers.
    private var unanswered = 0
    /// Whether the end of the latest request's body has not come.
    private(set) var isBodyDue = false
    private(set) var isDropped = false

    mutating func headCame() {
        unanswered += 1
        isBodyDue = true
    }

    mutating func bodyEnded() { (isBodyDue, isDropped) = (false, false) }

    mutating func answerEnded() {
        unanswered -= 1
        // With more unanswered, what comes belongs to a later request.
        if isBodyDue, unanswered == 0 { isDropped = true }
    }
}
