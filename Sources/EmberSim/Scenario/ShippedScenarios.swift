/// The scenarios that are part of the program.
public enum ShippedScenarios {
    private static let texts: [(name: String, bytes: [UInt8])] = [
        ("paper", PackageResources.paper_yaml),
        ("stationary", PackageResources.stationary_yaml),
        ("drift", PackageResources.drift_yaml),
        ("bursty", PackageResources.bursty_yaml),
        ("adversarial", PackageResources.adversarial_yaml),
        ("servegen", PackageResources.servegen_yaml),
        ("csv-trace", PackageResources.csv_trace_yaml),
        ("diurnal", PackageResources.diurnal_yaml),
        ("vr-session", PackageResources.vr_session_yaml),
        ("edge-box", PackageResources.edge_box_yaml),
        ("space-air-ground", PackageResources.space_air_ground_yaml),
        ("long-context", PackageResources.long_context_yaml),
    ]

    public static var names: [String] { texts.map(\.name) }

    /// The YAML of a scenario, to read or to copy; nil when none has the name.
    public static func text(of name: String) -> String? {
        texts.first { $0.name == name }.map { String(decoding: $0.bytes, as: UTF8.self) }
    }
}
