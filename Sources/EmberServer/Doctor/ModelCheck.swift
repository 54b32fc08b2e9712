/// Whether the configured models can be loaded.
struct ModelCheck {
    let doctor: Doctor

    var findings: [Finding] {
        let configuration = doctor.configuration
        let builder = DeploymentBuilder(
            lookingAt: configuration, folders: doctor.folders, environment: doctor.environment, doctor.surroundings)
        do throws(DeploymentError) {
            try builder.checkUpstreams()
            let warnings = DeploymentWarnings(
                try builder.build(), try builder.plannerSettings(), configuration, try builder.gpus())
            let problems = warnings.unusable + warnings.bounds
            let fix = "correct it; 'ember config check' reports the same"
            guard problems.isEmpty else { return problems.map { Finding("models", .warning, $0, fix: fix) } }
            return [Finding("models", "\(configuration.models.count), and each can be loaded")]
        } catch {
            return [Finding("models", .problem, error.description, fix: "correct the configuration")]
        }
    }
}
