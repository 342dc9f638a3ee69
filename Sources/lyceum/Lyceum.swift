import ArgumentParser

@main
struct Lyceum: AsyncParsableCommand {
}
