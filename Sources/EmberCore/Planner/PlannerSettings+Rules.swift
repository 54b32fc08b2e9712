/// What the planner's rules and machines read of the settings' parts.
extension PlannerSettings {
    var queueLimit: Int { queue.limit }
    var queueLimitPerInstance: Int { queue.limitPerInstance }
    var maxWaitSeconds: Double { queue.maxWaitSeconds }
    var patienceSeconds: Double { queue.patienceSeconds }
    var gateWaitSeconds: Double { queue.gateWaitSeconds }
    var residencyPerLoad: Double { queue.residencyPerLoad }
    var retryLimit: Int { failures.retryLimit }
    var failureLimit: Int { failures.failureLimit }
    var deathLimit: Int? { failures.deathLimit }
}
