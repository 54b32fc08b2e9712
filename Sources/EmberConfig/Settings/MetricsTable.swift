import EmberDocument

/// The keys of `metrics`.
enum MetricsTable {
    static let section = Section<MetricsConfiguration>(
        name: "metrics", defaults: MetricsConfiguration(),
        fields: [
            Field(
                "enabled", \.isOn, .bool, example: true,
                "Whether Ember counts requests, models and engines for GET /metrics."
            ),
            Field(
                "tenants", \.byTenant, .bool, example: false,
                "Whether requests and tokens are also counted by tenant; every key that may read /metrics sees that."
            ),
            Field(
                "keys", \.byKey, .bool, example: false,
                "Whether requests and tokens are also counted by the name of the key."
            ),
        ]
    )
}
