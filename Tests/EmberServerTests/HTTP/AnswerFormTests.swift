import NIOHTTP1
import Testing

@testable import EmberServer

@Suite struct AnswerFormTests {
    private func form(
        _ method: HTTPMethod = .GET, _ version: HTTPVersion = .http1_1, _ fields: HTTPHeaders = [:]
    ) -> AnswerForm {
        AnswerForm(HTTPRequestHead(version: version, method: method, uri: "/", headers: fields))
    }

    private func framed(
        _ form: AnswerForm, _ status: HTTPResponseStatus = .ok, _ fields: HTTPHeaders = [:]
    ) -> (fields: HTTPHeaders, isLast: Bool) {
        var (form, head) = (form, HTTPResponseHead(version: .http1_1, status: status, headers: fields))
        form.frame(&head)
        return (head.headers, form.contains(.last))
    }

    @Test func anOrdinaryRequestAsksForNothing() { #expect(form() == []) }

    @Test(arguments: ["close", "Close", "TE, close"])
    func theConnectionClosesWhereThatIsSaid(_ value: String) {
        #expect(form(.POST, .http1_1, ["Connection": value]) == .last)
    }

    @Test func oldClientsKeepAConnectionOnlyWhereTheySaySo() {
        #expect(form(.GET, .http1_0) == [.withoutChunks, .last])
        #expect(form(.GET, .http1_0, ["Connection": "keep-alive"]) == .withoutChunks)
    }

    @Test func onlyHTTP11KnowsExpectations() {
        #expect(form(.POST, .http1_1, ["expect": "100-continue"]) == .awaitsContinue)
        #expect(!form(.POST, .http1_0, ["expect": "100-continue"]).contains(.awaitsContinue))
    }

    @Test func aBodyWithoutALengthComesInChunks() {
        #expect(framed([]).fields["transfer-encoding"] == ["chunked"])
        #expect(framed([], .ok, ["content-length": "3"]).fields["transfer-encoding"] == [])
        #expect(framed(.headAlone).fields["transfer-encoding"] == [])
        #expect(framed(.headAlone, .ok, ["content-length": "3"]).fields["content-length"] == ["3"])
    }

    @Test(arguments: [HTTPResponseStatus.noContent, .notModified])
    func whatHasNoBodyHasNoFraming(_ status: HTTPResponseStatus) {
        let fields = framed([], status, ["content-length": "0"]).fields
        #expect(fields["transfer-encoding"] == [] && fields["content-length"] == [])
    }

    @Test func onlyTheEndOfTheConnectionEndsABodyWithoutChunks() {
        let open = framed(.withoutChunks)
        #expect(open.isLast && open.fields["connection"] == ["close"] && open.fields["transfer-encoding"] == [])
        let counted = framed(.withoutChunks, .ok, ["content-length": "3"])
        #expect(!counted.isLast && counted.fields["connection"] == ["keep-alive"])
    }
}
