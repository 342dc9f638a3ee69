// Column and table names out of headings and file names.

/// Makes names that every engine takes without quotes.
enum ColumnNaming {
    /// `Student Id`, `studentID` and `student-id` → `student_id`.
    static func snakeCase(_ text: String) -> String {
        var out = ""
        var previous: Character?
        let characters = Array(text)
        for (index, character) in characters.enumerated() {
            guard character.isLetter || character.isNumber else {
                if !out.isEmpty, out.last != "_" { out.append("_") }
                previous = nil
                continue
            }
            if character.isUppercase, let previous, out.last != "_" {
                let next = index + 1 < characters.count ? characters[index + 1] : nil
                // A new word starts at `tI` of studentId and at `BE` + `n` of VLEName.
                if !previous.isUppercase || (next?.isLowercase ?? false) { out.append("_") }
            }
            out += character.lowercased()
            previous = character
        }
        while out.last == "_" { out.removeLast() }
        return out.isEmpty ? "column" : out
    }

    /// Names made distinct by a number at the end.
    static func distinct(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.map { name in
            var candidate = name
            var number = 1
            while !seen.insert(candidate.lowercased()).inserted {
                number += 1
                candidate = "\(name)_\(number)"
            }
            return candidate
        }
    }
}
