// The functions that both engines have by themselves, under one name and with one meaning.

extension SharedFunctions {
    /// The numbers of arguments with which a built-in function means the same in DuckDB and in Spark.
    ///
    /// What is missing differs, to name a few: `concat` (NULLs), `regexp_replace` (first or all), `floor` and `ceil` (type),
    /// `date_trunc` (type), `dayofweek` (first day), `median` (of decimals), `ltrim` (which spaces), `substring` from 0.
    /// Each is compared on both engines by `SharedFunctionParityTests`.
    static let builtIns: [String: Set<ClosedRange<Int>>] = {
        let groups: [(ClosedRange<Int>, String)] = [
            // Aggregates.
            (1...1, "avg bit_and bit_or bit_xor bool_and bool_or count count_if max min sum"),
            (1...1, "stddev_pop stddev_samp var_pop var_samp grouping"),
            (2...2, "corr covar_pop covar_samp"),
            // Windows.
            (0...0, "cume_dist dense_rank percent_rank rank row_number"),
            (1...1, "first_value last_value ntile"),
            (2...2, "nth_value"),
            (1...3, "lag lead"),
            // Conditions.
            (1...Int.max, "coalesce"),
            (2...Int.max, "greatest least"),
            (2...2, "ifnull nullif"),
            (3...3, "if"),
            // Texts.
            (1...1, "char_length chr length lower md5 reverse upper"),
            (2...2, "contains instr left repeat right"),
            (2...3, "substr substring"),
            (3...3, "lpad replace regexp_extract regexp_extract_all rpad split_part translate"),
            (2...Int.max, "concat_ws"),
            // Numbers.
            (1...1, "abs bit_count exp isnan ln log10 round sqrt"),
            (2...2, "mod pow power"),
            // Dates.
            (1...1, "day dayofyear hour last_day minute month quarter weekofyear year"),
            (3...3, "make_date"),
        ]
        var result: [String: Set<ClosedRange<Int>>] = [:]
        for (arity, names) in groups {
            for name in names.split(separator: " ") { result[String(name), default: []].insert(arity) }
        }
        return result
    }()

    /// What is written like a call and is no function: references, casts, and what the renderer writes for Spark.
    static let constructs: [String: Set<ClosedRange<Int>>] = [
        "ref": [1...1], "source": [1...1], "seed": [1...1],
        "cast": [1...1], "try_cast": [1...1], "extract": [1...1],
        "struct_pack": [1...Int.max], "unnest": [1...1],
    ]
}
