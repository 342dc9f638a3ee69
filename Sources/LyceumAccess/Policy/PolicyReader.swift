// Reads a policy file strictly: an unknown word is an error with its line, never a rule that does nothing.

import Yams

/// Reads one policy file.
struct PolicyReader {
    let file: String
    private var purposes: [String: Purpose] = [:]

    init(file: String) { self.file = file }

    mutating func read(
        _ yaml: String
    ) throws(AccessError) -> (purposes: [String: Purpose], roles: [Role: Policy.RoleRules], anyone: Policy.RoleRules) {
        guard yaml.utf8.count <= 1 << 20 else { throw refuse("the policy is over 1 MiB", nil) }
        let root: Node
        do {
            guard let node = try Yams.compose(yaml: yaml) else { throw refuse("the policy is empty", nil) }
            root = node
        } catch let error as AccessError {
            throw error
        } catch {
            throw refuse("the policy is not YAML: \(error)", nil)
        }
        var roles: [Role: Policy.RoleRules] = [:]
        var anyone = Policy.RoleRules()
        let members = try members(of: root, known: ["version", "purposes", "anyone", "roles"])
        guard members["version"]?.scalar?.string == "1" else {
            throw refuse("the policy says no 'version: 1'; this program knows no other", members["version"] ?? root)
        }
        if let node = members["purposes"] { try readPurposes(node) }
        if let node = members["anyone"] { anyone = try rules(node) }
        guard let node = members["roles"] else { throw refuse("the policy has no 'roles'", root) }
        for (name, value) in try self.members(of: node, known: Role.allCases.map(\.rawValue)) {
            guard let role = Role(rawValue: name) else { continue }
            roles[role] = try rules(value)
        }
        for (name, rule) in anyone.collections where !rule.purposes.isEmpty || rule.rows != nil || name == "students" {
            throw refuse("'anyone' may only be given data that is about nobody; \(name) is not", node, rule.location)
        }
        return (purposes, roles, anyone)
    }

    private mutating func readPurposes(_ node: Node) throws(AccessError) {
        for (name, value) in try members(of: node, known: nil) {
            guard name.utf8.count <= 64, name.utf8.allSatisfy({ Self.isNameByte($0) }) else {
                throw refuse("a purpose's name is lowercase letters, digits and hyphens, at most 64", value)
            }
            let members = try members(of: value, known: ["basis", "disclosure"])
            guard let basis = members["basis"]?.scalar?.string, !basis.isEmpty else {
                throw refuse("the purpose \(name) says no 'basis': the law or consent it rests on", value)
            }
            purposes[name] = Purpose(name: name, basis: basis, isDisclosure: try flag(members["disclosure"]))
        }
    }

    private func rules(_ node: Node) throws(AccessError) -> Policy.RoleRules {
        var rules = Policy.RoleRules()
        for (name, value) in try members(of: node, known: ["students", "jobs", "courses", "rights"]) {
            guard name == "rights" else {
                rules.collections[name] = try rule(value, name)
                continue
            }
            for text in try texts(value) {
                guard let right = Right(rawValue: text) else {
                    throw unknown(text, Right.allCases.map(\.rawValue), value)
                }
                rules.rights.insert(right)
            }
        }
        return rules
    }

    private func rule(_ node: Node, _ collection: String) throws(AccessError) -> Policy.CollectionRule {
        let known = ["rows", "members", "actions", "counts", "purposes", "implied"]
        let members = try members(of: node, known: known)
        guard let rows = members["rows"]?.scalar?.string, !rows.isEmpty else {
            throw refuse("the rule says no 'rows': a filter, or 'all'", node)
        }
        guard let memberNode = members["members"] else {
            throw refuse("the rule says no 'members': a list of paths, or 'all'", node)
        }
        let isAll = memberNode.scalar?.string == "all"
        let paths = isAll ? [] : try texts(memberNode)
        guard isAll || !paths.isEmpty else { throw refuse("'members' is empty; leave the whole rule out", memberNode) }
        var actions: Set<Grant.Action> = []
        guard let actionNode = members["actions"] else { throw refuse("the rule says no 'actions'", node) }
        for text in try texts(actionNode) {
            guard let action = Grant.Action(rawValue: text) else {
                throw unknown(text, Grant.Action.allCases.map(\.rawValue), actionNode)
            }
            actions.insert(action)
        }
        let counts: Grant.Counts
        switch members["counts"]?.scalar?.string {
        case nil, "exact": counts = .exact
        case "coarse": counts = .coarse(least: 10, step: 5)
        case .some(let text): throw unknown(text, ["exact", "coarse"], members["counts"] ?? node)
        }
        if counts != .exact, actions != [.search] {
            throw refuse("with coarse counts the only action is search", actionNode)
        }
        let stated = try members["purposes"].map { node throws(AccessError) in try purposes(node) } ?? []
        guard collection != "students" || !stated.isEmpty else {
            throw refuse("a rule for students says no 'purposes'; looking at a record always has one", node)
        }
        let implied = try members["implied"].map { node throws(AccessError) in try purposes(node) }?.first
        if let implied, !stated.contains(implied) {
            throw refuse("the implied purpose \(implied.name) is not among the rule's purposes", node)
        }
        return Policy.CollectionRule(
            rows: rows == "all" ? nil : rows,
            members: isAll ? .all : .only(paths),
            actions: actions,
            counts: counts,
            purposes: stated,
            impliedPurpose: implied,
            location: place(node)
        )
    }

    private func purposes(_ node: Node) throws(AccessError) -> [Purpose] {
        var found: [Purpose] = []
        for name in try texts(node) {
            guard let purpose = purposes[name] else { throw unknown(name, purposes.keys.sorted(), node) }
            found.append(purpose)
        }
        return found
    }

    // MARK: - Nodes

    private func members(of node: Node, known: [String]?) throws(AccessError) -> [String: Node] {
        guard case .mapping(let mapping) = node else { throw refuse("here names with values are expected", node) }
        var members: [String: Node] = [:]
        for (key, value) in mapping {
            guard let name = key.scalar?.string else { throw refuse("a name is a plain text", key) }
            if let known, !known.contains(name) { throw unknown(name, known, key) }
            guard members.updateValue(value, forKey: name) == nil else { throw refuse("'\(name)' stands twice", key) }
        }
        return members
    }

    private func texts(_ node: Node) throws(AccessError) -> [String] {
        if let scalar = node.scalar { return [scalar.string] }
        guard case .sequence(let sequence) = node else { throw refuse("here a list of texts is expected", node) }
        var texts: [String] = []
        for element in sequence {
            guard let text = element.scalar?.string, !text.isEmpty else {
                throw refuse("here a text is expected", element)
            }
            texts.append(text)
        }
        return texts
    }

    private func flag(_ node: Node?) throws(AccessError) -> Bool {
        switch node?.scalar?.string {
        case nil, "false": return false
        case "true": return true
        default: throw refuse("here true or false is expected", node)
        }
    }

    private func unknown(_ name: String, _ known: [String], _ node: Node) -> AccessError {
        refuse("'\(name.prefix(64))' is not known here; known: \(known.joined(separator: ", "))", node)
    }

    private func refuse(_ message: String, _ node: Node?, _ location: String? = nil) -> AccessError {
        AccessError(.invalidPolicy, message, location: location ?? node.map(place) ?? file)
    }

    private func place(_ node: Node) -> String { node.mark.map { "\(file):\($0.line)" } ?? file }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || byte == UInt8(ascii: "-")
    }
}
