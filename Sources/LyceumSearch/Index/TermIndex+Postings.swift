// Reading the postings of one term, without a query.

extension TermIndex {
    /// Adds a term's score to the accumulator of every document that has it.
    ///
    /// A document whose accumulator was zero is appended to `touched` at `touchedCount`, which is returned increased.
    /// No allocation. `scores` and `touched` have room for ``documentCount`` values by ordinal, `buffers` for 256.
    func accumulate(
        _ term: Term,
        into scores: UnsafeMutablePointer<Float>,
        touched: UnsafeMutablePointer<UInt32>,
        touchedCount: Int,
        buffers: UnsafeMutablePointer<UInt32>
    ) -> Int {
        var touchedCount = touchedCount
        var cursor = cursor(term, buffers)
        repeat {
            if !cursor.isDecoded { cursor.decode() }
            for index in 0..<cursor.count {
                let place = Int(cursor.places[index])
                let code = Int(cursor.codes[index])
                // A damaged gap could lead past the last document, a damaged code past the last pattern.
                guard place < documentCount, code < patterns.count else { return touchedCount }
                let document = document(at: place)
                let before = scores[document]
                if before == 0 {
                    touched[touchedCount] = UInt32(truncatingIfNeeded: document)
                    touchedCount &+= 1
                }
                scores[document] = before + term.idf * saturated(place, code: code)
            }
        } while cursor.nextBlock()
        return touchedCount
    }

    /// How often a term occurs in each field of a document, empty when it does not. O(log blocks).
    func frequencies(_ term: Term, document: Int) -> [FieldFrequency] {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: QueryMemory.blockSize) { buffer in
            guard let start = buffer.baseAddress else { return [] }
            var cursor = cursor(term, start)
            let place = UInt32(place(of: document))
            guard cursor.seek(place), cursor.places[cursor.index] == place else { return [] }
            let code = Int(cursor.codes[cursor.index])
            return code < patterns.count ? Array(patterns.parts(code)) : []
        }
    }

    private func cursor(_ term: Term, _ buffer: UnsafeMutablePointer<UInt32>) -> PostingCursor {
        let list = CompiledQuery.List(
            term: term.number,
            weight: term.idf,
            fields: .all,
            bound: term.maximum,
            documentFrequency: term.documentFrequency
        )
        return PostingCursor(list, self, buffer: buffer)
    }
}
