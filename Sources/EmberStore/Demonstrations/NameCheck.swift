/// The names in what a caller asks for. SQLite's texts end at a zero byte: a name with one would mean another name.
enum NameCheck {
    case scope(DemonstrationScope)
    case tenant(String)
    case tenantsService(String, tenant: String)
    case tenantsRequest(String, tenant: String)
    /// The question names nothing of a tenant's.
    case none

    func check() throws(StoreError) {
        do throws(FieldProblem) {
            switch self {
            case .scope(let scope):
                try ContentCheck.tenant(scope.tenant)
                try ContentCheck.name(scope.service, "service")
                if let model = scope.model { try ContentCheck.name(model, "model") }
            case .tenant(let tenant):
                try ContentCheck.tenant(tenant)
            case .tenantsService(let service, let tenant):
                try ContentCheck.tenant(tenant)
                try ContentCheck.name(service, "service")
            case .tenantsRequest(let request, let tenant):
                try ContentCheck.tenant(tenant)
                try ContentCheck.name(request, "request")
            case .none: break
            }
        } catch {
            throw .invalid(error)
        }
    }
}
