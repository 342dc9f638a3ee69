// Which part of the pipeline a run or a plan is about.

import ArgumentParser
import LyceumPipeline

/// The options that `run` and `plan` share.
struct RunSelection: ParsableArguments {
    @Flag(help: "Read all sources from the beginning and rebuild every table.")
    var fullRefresh = false

    @Option(
        help: ArgumentHelp(
            "Build only this model; with a + behind it also everything that depends on it. May be given again.",
            valueName: "model[+]"
        )
    )
    var select: [String] = []

    @Option(help: ArgumentHelp("Extract only from this source. May be given again.", valueName: "name"))
    var source: [String] = []

    /// The same for the pipeline.
    var options: RunOptions {
        var options = RunOptions()
        options.fullRefresh = fullRefresh
        options.select = select
        options.sources = source
        return options
    }
}
