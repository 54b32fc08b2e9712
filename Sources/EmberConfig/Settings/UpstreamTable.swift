import EmberDocument

/// The keys of an upstream.
enum UpstreamTable {
    static let section = Section<UpstreamDraft>(
        name: "upstream", defaults: UpstreamDraft(),
        fields: [
            Field(
                "url", optional: \.url, .upstreamURL, example: "https://api.example.com/v1",
                "The base of its endpoints, which usually ends in /v1."
            ),
            Field(
                "key", optional: \.key, .secret, example: "${env.CLOUD_KEY}",
                "The key to send, best taken from the environment.",
                FieldOptions(defaultNote: "none is sent", isOptionalInExample: true)
            ),
            Field(
                "key_file", optional: \.keyFile, .path, example: "cloud.key",
                "A file whose first line is the key, instead of key.", FieldOptions(isOptionalInExample: true)
            ),
            Field(
                "prices", \.prices, .section(PriceTable.section), example: [],
                "What its tokens cost, for budgets.", FieldOptions(defaultNote: "nothing")
            ),
            Field(
                "timeout", \.timeoutSeconds, .duration(0.001...86_400), example: "300s",
                "How long the upstream may be silent, before its answer begins and within it."
            ),
            Field(
                "hedge", optional: \.hedgeSeconds, .duration(0.001...86_400), example: "2s",
                "Time without an answer after which an offloaded request also runs at the edge, if a slot is free.",
                FieldOptions(defaultNote: "never", isOptionalInExample: true)
            ),
            Field(
                "proxy", optional: \.proxy, .proxy, example: "http://proxy.example.org:3128",
                "The proxy to the upstream, or none; user and password as in http://USER:PASSWORD@HOST:PORT.",
                FieldOptions(
                    defaultNote: "as HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say", isOptionalInExample: true)
            ),
            Field(
                "ca_file", optional: \.certificateFile, .path, example: "company-ca.pem",
                "A file in PEM form with the certificates that sign its own, trusted instead of the system's.",
                FieldOptions(defaultNote: "the file of SSL_CERT_FILE, or the system's", isOptionalInExample: true)
            ),
        ],
        exclusive: [["key", "key_file"]]
    )
}
