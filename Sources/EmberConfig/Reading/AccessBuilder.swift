import EmberCore
import EmberDocument

/// Makes keys and upstreams of what was read.
struct AccessBuilder {
    let paths: PathResolver
    let files: ConfigurationFiles
    var reading: Reading

    mutating func keys(_ drafts: [KeyDraft], services: [String]) -> [KeyConfiguration] {
        var keys: [KeyConfiguration] = []
        for (index, draft) in drafts.enumerated() {
            let path = SettingPath.root.appending("keys").appending(index: index)
            if let service = draft.service {
                References.check(service, "service", among: services, at: path.appending("service"), &reading)
            }
            guard let key = secret(draft.key, draft.keyFile, isRequired: true, at: path) else { continue }
            let name = draft.name ?? "key-\(index + 1)"
            let entry = KeyConfiguration(
                key: key, name: name, service: draft.service, tenant: draft.tenant ?? name, keep: draft.keep)
            reportRepetition(of: entry, among: keys, at: path)
            keys.append(entry)
        }
        return keys
    }

    mutating func upstreams(_ drafts: [UpstreamDraft]) -> [UpstreamConfiguration] {
        drafts.compactMap { draft in
            let path = SettingPath(components: ["upstreams", draft.name])
            let key = secret(draft.key, draft.keyFile, isRequired: false, at: path)
            guard let url = draft.url else {
                reportMissing("url", "write url: https://HOST/v1", at: path)
                return nil
            }
            warn(about: url, hasKey: key != nil, at: path.appending("url"))
            return UpstreamConfiguration(
                name: draft.name, url: url, key: key, prices: draft.prices, timeoutSeconds: draft.timeoutSeconds,
                hedgeSeconds: draft.hedgeSeconds, proxy: draft.proxy,
                certificateFile: draft.certificateFile.map { certificates(inFile: $0, at: path.appending("ca_file")) })
        }
    }

    /// The file's path, also where it cannot be used, which is reported.
    private mutating func certificates(inFile file: String, at path: SettingPath) -> String {
        let file = paths.resolve(file, relativeTo: paths.folders.configuration, at: path, &reading)
        do throws(ConfigurationFiles.Failure) {
            let bytes = try files.read(file, 16 * 1_048_576)
            if !String(decoding: bytes, as: UTF8.self).contains("-----BEGIN CERTIFICATE-----") {
                reading.report(path, "the file has no certificate in PEM form; name another, or remove ca_file")
            }
        } catch {
            reading.report(path, "the file cannot be read: \(error.reason); check its path and permissions")
        }
        return file
    }

    private mutating func reportRepetition(
        of entry: KeyConfiguration, among keys: [KeyConfiguration], at path: SettingPath
    ) {
        if keys.contains(where: { $0.key == entry.key }) {
            reading.report(path, "has the same key as an entry above; remove one")
        }
        if keys.contains(where: { $0.name == entry.name }) {
            reading.report(path, "has the same name as an entry above; choose another name")
        }
    }

    /// The secret, or nil when there's none or it is wrong, which is reported.
    private mutating func secret(
        _ key: Secret?, _ file: String?, isRequired: Bool, at path: SettingPath
    ) -> Secret? {
        if let key { return key }
        if let file { return secret(inFile: file, at: path.appending("key_file")) }
        let isStated = reading.isStated(path.appending("key")) || reading.isStated(path.appending("key_file"))
        if isRequired, !isStated {
            reading.report(path, "has neither key nor key_file; write key: ${env.NAME} or key_file: PATH")
        }
        return nil
    }

    private mutating func secret(inFile file: String, at path: SettingPath) -> Secret? {
        let file = paths.resolve(file, relativeTo: paths.folders.configuration, at: path, &reading)
        let bytes: [UInt8]
        do throws(ConfigurationFiles.Failure) {
            bytes = try files.read(file, 65_536)
        } catch {
            reading.report(path, "the key file cannot be read: \(error.reason); check its path and permissions")
            return nil
        }
        if files.isWorldReadable(file) {
            reading.warn(path, "the key file can be read by every user; run chmod 600 on it")
        }
        do throws(QuantityError) {
            return try KeyText.secret(Self.firstLine(of: bytes))
        } catch {
            reading.report(path, "the first line of the key file \(error.reason); put only the key there")
            return nil
        }
    }

    private static func firstLine(of bytes: [UInt8]) -> String {
        let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
        let isSpace: (UInt8) -> Bool = { [0x20, 0x09, 0x0D].contains($0) }
        let trimmed = line.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        return String(decoding: Array(trimmed), as: UTF8.self)
    }

    private mutating func warn(about url: String, hasKey: Bool, at path: SettingPath) {
        if !url.hasSuffix("/v1") {
            reading.warn(path, "does not end in /v1; requests will go to this URL followed by /chat/completions")
        }
        if hasKey, UpstreamURL.sendsInTheClear(url) {
            reading.warn(path, "is http, so the key is sent unencrypted; use https")
        }
    }

    private mutating func reportMissing(_ key: String, _ fix: String, at path: SettingPath) {
        guard !reading.isStated(path.appending(key)) else { return }
        reading.report(path, "has no \(key); \(fix)")
    }
}
