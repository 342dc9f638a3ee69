// The data dictionary as one page of HTML.

import Foundation
import LyceumCore
import LyceumLake

extension DataDictionary {
    /// The dictionary as a page that needs nothing else: no script, no font, no request; light or dark as the reader's
    /// system is; to be read with a keyboard, a screen reader or on paper.
    public func html() -> String {
        var parts = [Self.head, "<header><h1>Data dictionary</h1>"]
        parts.append("<p>\(tables.count) tables, as of <time>\(Timestamp.iso(madeAt))</time>.</p></header>")
        parts.append(#"<div class="page"><nav aria-label="Tables">"#)
        for (zone, tables) in zones {
            parts.append("<h2>\(zone.rawValue)</h2><ul>")
            parts += tables.map { ##"<li><a href="#\##(anchor($0.id))">\##($0.id.name)</a></li>"## }
            parts.append("</ul>")
        }
        parts.append(#"</nav><main id="main">"#)
        for (zone, tables) in zones {
            parts.append(
                #"<section aria-labelledby="\#(zone.rawValue)"><h2 id="\#(zone.rawValue)">\#(zone.rawValue)</h2>"#
            )
            parts += tables.map(article)
            parts.append("</section>")
        }
        parts.append("</main></div></body></html>\n")
        return parts.joined(separator: "\n")
    }

    private func anchor(_ table: TableID) -> String { "\(table.zone.rawValue)-\(table.name)" }

    private func article(_ table: Table) -> String {
        let known = Dictionary(tables.map { ("\($0.id)", anchor($0.id)) }) { first, _ in first }
        func link(_ name: String) -> String {
            known[name].map { ##"<a href="#\##($0)">\##(Self.text(name))</a>"## } ?? Self.text(name)
        }
        let title = "\(anchor(table.id))-title"
        var parts = [
            #"<article id="\#(anchor(table.id))" aria-labelledby="\#(title)">"#,
            #"<h3 id="\#(title)">\#(table.id)</h3>"#,
        ]
        if !table.description.isEmpty { parts.append("<p>\(Self.text(table.description))</p>") }
        parts.append("<dl>")
        for (name, value) in facts(of: table) {
            let text =
                switch name {
                case "Made of": table.inputs.map(link).joined(separator: ", ")
                case "Read by": table.readers.map(link).joined(separator: ", ")
                default: Self.text(value)
                }
            parts.append("<div><dt>\(name)</dt><dd>\(text)</dd></div>")
        }
        parts.append("</dl>")
        if !table.columns.isEmpty { parts.append(columns(of: table)) }
        if !table.tests.isEmpty {
            parts.append("<h4>What must hold</h4><ul>")
            parts += table.tests.map { "<li>\(Self.text($0))</li>" }
            parts.append("</ul>")
        }
        parts.append("</article>")
        return parts.joined(separator: "\n")
    }

    private func columns(of table: Table) -> String {
        var parts = [
            #"<div class="wide" role="region" tabindex="0" aria-label="Columns of \#(table.id)"><table>"#,
            "<thead><tr>",
        ]
        parts += ["Column", "Type", "Personal data", "Purpose", "Kept", "Meaning"]
            .map { #"<th scope="col">\#($0)</th>"# }
        parts.append("</tr></thead><tbody>")
        for column in table.columns {
            let key = table.key.contains(column.name) ? " <small>key</small>" : ""
            parts.append(
                #"<tr><th scope="row"><code>\#(Self.text(column.name))</code>\#(key)</th>"#
                    + "<td><code>\(Self.text(column.type))</code></td>"
                    + #"<td><span class="pii \#(column.pii.rawValue)">\#(column.pii.rawValue)</span></td>"#
                    + "<td>\(Self.text(column.purpose))</td><td>\(Self.text(column.retention))</td>"
                    + "<td>\(Self.text(column.description))</td></tr>"
            )
        }
        parts.append("</tbody></table></div>")
        return parts.joined()
    }

    private static func text(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    private static let head = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>Data dictionary</title>
        <style>
        :root { --ink: #1c2128; --soft: #57606a; --line: #d0d7de; --paper: #ffffff; --panel: #f6f8fa; --link: #0b57b0;
          --direct: #a40e26; --education: #8a4600; --indirect: #5a4a00; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa4af; --line: #343b44; --paper: #0d1117;
          --panel: #161b22; --link: #79b8ff; --direct: #ff9492; --education: #f0b072; --indirect: #e3cf6a; } }
        * { box-sizing: border-box; }
        body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
        a { color: var(--link); }
        a:focus-visible, .wide:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
        .skip { position: absolute; left: -999em; }
        .skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem; }
        header { padding: 1.5rem 2rem; border-bottom: 1px solid var(--line); }
        h1 { margin: 0; font-size: 1.6rem; }
        header p { margin: .25rem 0 0; color: var(--soft); }
        .page { display: grid; grid-template-columns: 18rem minmax(0, 1fr); }
        nav { padding: 1rem 1rem 2rem 2rem; border-right: 1px solid var(--line); position: sticky; top: 0;
          align-self: start; max-height: 100vh; overflow: auto; }
        nav h2 { font-size: .95rem; margin: 1rem 0 .25rem; color: var(--soft); }
        nav ul { list-style: none; margin: 0; padding: 0; }
        nav li { font-size: .92rem; overflow-wrap: anywhere; padding: .1rem 0; }
        main { padding: 1rem 2rem 4rem; min-width: 0; }
        main > section > h2 { font-size: 1.3rem; border-bottom: 2px solid var(--line); padding-bottom: .25rem; }
        article { margin: 0 0 2.5rem; scroll-margin-top: 1rem; }
        h3 { margin: 1.5rem 0 .25rem; font-size: 1.1rem; }
        h4 { margin: 1rem 0 .25rem; font-size: 1rem; }
        p { margin: .25rem 0; max-width: 50rem; }
        dl { margin: .5rem 0 1rem; display: grid; gap: .15rem; }
        dl div { display: grid; grid-template-columns: 6rem minmax(0, 1fr); }
        dt { color: var(--soft); }
        dd { margin: 0; overflow-wrap: anywhere; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .92rem; }
        th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
        thead th { color: var(--soft); font-weight: 600; white-space: nowrap; }
        tbody th { font-weight: 400; white-space: nowrap; }
        td:last-child { min-width: 16rem; }
        td:nth-child(2) { max-width: 18rem; overflow-wrap: anywhere; }
        code { font: .9em ui-monospace, monospace; }
        small { color: var(--soft); border: 1px solid var(--line); border-radius: 3px; padding: 0 .25rem; }
        .pii { white-space: nowrap; }
        .pii.direct { color: var(--direct); font-weight: 600; }
        .pii.education { color: var(--education); font-weight: 600; }
        .pii.indirect { color: var(--indirect); font-weight: 600; }
        .pii.none { color: var(--soft); }
        @media (max-width: 50rem) { .page { display: block; } header, main { padding-left: 1rem; padding-right: 1rem; }
          nav { position: static; max-height: none; border-right: 0; border-bottom: 1px solid var(--line); padding: 1rem; } }
        @media print { nav { display: none; } .page { display: block; } article { break-inside: avoid; } }
        </style>
        </head>
        <body>
        <a class="skip" href="#main">To the tables</a>
        """
}
