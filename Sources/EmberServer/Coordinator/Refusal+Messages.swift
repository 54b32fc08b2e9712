import EmberCore

extension Refusal {
    static let shuttingDown = Refusal(
        reason: .shuttingDown, message: "Ember is shutting down; try again when it is back.", retryAfterSeconds: 5)

    static let clientGone = Refusal(reason: .clientGone, message: "the client has gone", retryAfterSeconds: nil)

    /// - Parameter seconds: until it is tried again.
    init(fatalFor model: ServedModel, seconds: Double) {
        reason = .rejected(.engineFailed)
        retryAfterSeconds = max(1, Int(seconds.rounded(.up)))
        message =
            "The engine of model '\(model.name)' has died \(FatalRequests.limit) times while it ran this very "
            + "request, which is refused for now so that others are served. Change the request, or ask another "
            + "model; the log tells how the engine ended."
    }

    init(_ refusal: CloudRefusal, model: ServedModel) {
        reason = .cloud(refusal)
        switch refusal {
        case .localOnly:
            let obstacle = model.engine == nil ? "runs only in the cloud" : "can serve this request only in the cloud"
            message =
                "Model '\(model.name)' \(obstacle), and this service's requests never go there (local_only). "
                + "Ask a model that can serve it at the edge."
            retryAfterSeconds = nil
        case .unavailable(let upstream, let seconds):
            let pause = max(1, Int(seconds.rounded(.up)))
            message = "Upstream '\(upstream)' is temporarily disabled after repeated failures; retry in \(pause) s."
            retryAfterSeconds = pause
        case .budgetSpent(let seconds):
            message = "The budget for the cloud has not enough left for what this request may cost (budget)."
            retryAfterSeconds = max(1, Int(seconds.rounded(.up)))
        }
    }

    /// Of a model that cannot be loaded as its files are.
    init(unusable model: ServedModel, _ problem: String?) {
        reason = .rejected(.modelFailed)
        message =
            "Model '\(model.name)' cannot be loaded: \(problem ?? "its files have changed"). Ember looks at "
            + "its files every 2 seconds, and serves it again once they are right."
        retryAfterSeconds = 10
    }

    /// - Parameters:
    ///   - secondsToNextTrial: until a failed model may be started again.
    ///   - instance: of its engine, as it is now.
    ///   - overrun: what it took when it was last ended because that was too much.
    init(
        _ rejection: Rejection, model: ServedModel, settings: PlannerSettings, secondsToNextTrial: Double,
        lastFailure: String?, instance: Instance, now: Time, overrun: Overrun? = nil
    ) {
        reason = .rejected(rejection)
        let loading = instance.phase == .loading ? "is still loading (\(Int(now - instance.loadBegan)) s so far)" : nil
        let failure = lastFailure.map { " (\($0))" } ?? ""
        switch rejection {
        case .queueFull:
            message = "\(settings.queue.limit) requests are waiting already (queue.limit); try again later."
            retryAfterSeconds = 2
        case .modelQueueFull:
            message =
                "\(settings.queue.limitPerInstance) requests are waiting for model '\(model.name)' already "
                + "(queue.limit_per_model)\(loading.map { "; it \($0)" } ?? ""); try again later."
            retryAfterSeconds = 2
        case .waitedTooLong:
            message = Self.waitedTooLong(model, settings, instance, loading)
            retryAfterSeconds = 5
        case .neverFits:
            message =
                "Model '\(model.name)' cannot fit into memory: \(model.footprint.arithmetic), the budget is "
                + "\(settings.devices.map(\.megabytes).joined(separator: " + ")) (memory.budget) less what pinned "
                + "models take. Raise the budget, or lower the model's context."
            retryAfterSeconds = nil
        case .overBudget:
            message =
                "Model '\(model.name)' was ended because of the memory that it took\(overrun.map { ": \($0)" } ?? "") "
                + "(memory.budget less what pinned models take). It is tried again after a while; "
                + "'ember models forget \(model.name)' has it tried at once."
            retryAfterSeconds = max(1, Int(secondsToNextTrial.rounded(.up)))
        case .requestNeedsTooMuch:
            message =
                "The engine of model '\(model.name)' ran this request alone and had to be ended because of the "
                + "memory that it took\(overrun.map { ": \($0)" } ?? "") (memory.budget less what pinned models "
                + "take). Ask for less in one request, or raise the budget."
            retryAfterSeconds = nil
        case .modelFailed:
            message = "Model '\(model.name)' has failed repeatedly and is not started for now\(failure)."
            retryAfterSeconds = max(1, Int(secondsToNextTrial.rounded(.up)))
        case .engineFailed:
            message = "The engine of model '\(model.name)' failed while it ran the request\(failure)."
            retryAfterSeconds = 1
        case .deadline:
            message =
                "Model '\(model.name)' \(loading.map { "\($0) and " } ?? "")would not have begun to answer "
                + "before the request's deadline (x-ember-deadline, or the service's deadline)."
            retryAfterSeconds = 5
        case .cloudFailed:
            message = "No upstream of model '\(model.name)' has answered, and the edge cannot."
            retryAfterSeconds = 1
        case .unloaded:
            message =
                "Model '\(model.name)' was unloaded by the operator while this request waited for its load. "
                + "Ask again to have it loaded."
            retryAfterSeconds = 1
        case .modelRemoved:
            (message, retryAfterSeconds) = ("Model '\(model.name)' is no longer configured.", nil)
        }
    }

    private static func waitedTooLong(
        _ model: ServedModel, _ settings: PlannerSettings, _ instance: Instance, _ loading: String?
    ) -> String {
        let bound = "\(Int(settings.queue.maxWaitSeconds)) s (queue.max_wait)"
        if let loading {
            return
                "Model '\(model.name)' \(loading), and a request waits at most \(bound). Ask again once it is "
                + "loaded, or raise queue.max_wait."
        }
        if instance.phase == .resident, !instance.isDraining {
            return
                "Model '\(model.name)' is busy with other requests for longer than the \(bound) that a request "
                + "waits: raise its parallel, or queue.max_wait."
        }
        return "No room for model '\(model.name)' within \(bound): the models in memory are in use."
    }
}
