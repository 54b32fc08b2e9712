import EmberCore
import EmberDocument
import Foundation
import Testing

@testable import EmberConfig

@Suite struct SchemaTests {
    @Test func theShippedSchemaIsCurrent() throws {
        let project = URL(filePath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let shipped = try String(contentsOf: project.appending(path: "config/ember.schema.json"), encoding: .utf8)
        #expect(
            shipped == ConfigurationSchema.json(),
            "config/ember.schema.json is out of date; run: ember config schema > config/ember.schema.json"
        )
    }

    @Test func isJSONWithAllKeysOfTheTable() throws {
        let data = Data(ConfigurationSchema.json().utf8)
        let schema = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let definitions = try #require(schema["$defs"] as? [String: [String: Any]])
        let model = try #require(definitions["model"]?["properties"] as? [String: Any])
        #expect(Set(model.keys) == Set(ModelTable.section.fields.map(\.name)))
        let top = try #require(schema["properties"] as? [String: Any])
        #expect(Set(top.keys) == Set(ServerTable.section.fields.map(\.name)))
    }

    @Test func everyReferenceHasADefinition() throws {
        let text = ConfigurationSchema.json()
        let names = text.matches(of: /#\/\$defs\/([A-Za-z_]+)/).map { String($0.output.1) }
        #expect(names.count > 10)
        for name in Set(names) { #expect(text.contains("\n    \"\(name)\": {"), "\(name)") }
    }

    @Test func everyKeyIsDescribedInOneSentence() {
        func check(_ section: SectionDescription) {
            #expect(Set(section.fields.map(\.name)).count == section.fields.count)
            for field in section.fields {
                #expect(field.summary.hasSuffix(".") && field.summary.first?.isUppercase == true, "\(field.name)")
                #expect(!field.summary.dropLast().contains(". "), "\(field.name)")
                if let nested = field.nested, field.name != "defaults" { check(nested.section) }
            }
        }
        check(ServerTable.section.description)
    }
}

@Suite struct ExampleTests {
    @Test func isReadableInAnEmptyEnvironment() throws {
        let reading = try TestReader().read(ConfigurationExample.text)
        #expect(reading.configuration.models.count == EngineKind.allCases.count)
        #expect(reading.warnings.isEmpty)
    }

    @Test func hasTheModelineFirst() {
        #expect(ConfigurationExample.text.hasPrefix("# yaml-language-server: $schema=./ember.schema.json\n"))
    }

    @Test func isReadableWithItsOptionalLinesToo() throws {
        // Keys that exclude one another stay off.
        let off = ["#key_file", "#zero_shot", "#gain", "#alpha"]
        let lines = ConfigurationExample.text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let content = line.drop { $0 == " " }
            let isOn = content.hasPrefix("#") && !content.hasPrefix("# ") && !off.contains { content.hasPrefix($0) }
            return isOn ? line.prefix(line.count - content.count) + content.dropFirst() : line
        }
        let reader = TestReader(
            environment: ["EMBER_KEY": "e", "CLOUD_KEY": "c"],
            files: ["/etc/ember/company-ca.pem": "-----BEGIN CERTIFICATE-----\n"])
        let configuration = try reader.read(lines.joined(separator: "\n")).configuration
        #expect(configuration.access.keys.map(\.name) == ["alice"])
        #expect(configuration.cloud.upstreams.first?.key == Secret("c"))
        #expect(configuration.files.modelsFolder == "/home/eva/models")
        #expect(configuration.models.first?.kind == .language)
    }

    /// Keys without a default, or that only some need, are there to be read: an example that is copied must not set
    /// them.
    @Test func whatOnlySomeNeedIsCommentedOut() throws {
        let off = ConfigurationExample.text.matches(of: /(?m)^ *#(?:- )?([a-z_]+):/).map { String($0.output.1) }
        #expect(
            Set(off) == [
                "allowed_hosts", "alpha", "budget", "ca_file", "chat", "completions", "day", "deadline",
                "embedding_model",
                "embeddings", "fallbacks", "gain", "gpu_budgets", "gpu_split", "gpus", "hedge", "input", "key",
                "key_file", "keys", "limit", "llama_server",
                "max_input_tokens", "memory", "messages", "mmproj", "model", "models_dir", "month", "name", "origins",
                "output", "per_tenant", "pool", "proxy", "rerank", "responses", "serves", "service", "stand_ins",
                "keep", "state_dir",
                "tenant", "upstream", "zero_shot",
            ])
        let twice = Set(off.filter { key in off.count { $0 == key } > 1 })
        #expect(twice == ["day", "keep", "month", "key", "key_file"])
    }

    @Test func hasEveryKeyOfTheTable() {
        func check(_ section: SectionDescription) {
            for field in section.fields {
                let pattern = try? Regex("(?m)^ *#?(- )?\(field.name):")
                #expect(pattern.map { ConfigurationExample.text.contains($0) } == true, "\(field.name)")
                if let nested = field.nested, field.name != "defaults" { check(nested.section) }
            }
        }
        check(ServerTable.section.description)
    }

    @Test func statesTheDefaultsOfTheTable() throws {
        let text = ConfigurationExample.text
        #expect(text.contains("Default: 127.0.0.1:11500. Overridden by EMBER_LISTEN or --listen.\nlisten:"))
        #expect(text.contains("Unit: tokens. Default: 4096.\n    context: 4096"))
    }
}
