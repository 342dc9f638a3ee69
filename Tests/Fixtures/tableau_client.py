"""Signs in with Tableau's official client and reads everything the sandbox serves. Called by ServerTests."""
import csv
import io
import os
import sys

try:
    import tableauserverclient as TSC
except ImportError:
    sys.exit("tableauserverclient is missing: run scripts/setup --tests")

server = TSC.Server(sys.argv[1])
server.use_server_version()
assert server.version == "3.24", server.version
token = TSC.PersonalAccessTokenAuth(
    os.environ["TABLEAU_TOKEN_NAME"], os.environ["TABLEAU_TOKEN_SECRET"], os.environ["TABLEAU_SITE"])
with server.auth.sign_in(token):
    pages = 0

    def page_of_views(options):
        global pages
        pages += 1
        return server.views.get(options)

    views = list(TSC.Pager(page_of_views, TSC.RequestOptions(pagesize=1)))
    print("views", len(views), "in", pages, "pages")
    for workbook in TSC.Pager(server.workbooks):
        server.workbooks.populate_views(workbook)
        view = workbook.views[0]
        server.views.populate_csv(view)
        text = b"".join(view.csv).decode("utf-8-sig")
        print(workbook.name, len(list(csv.DictReader(io.StringIO(text, newline="")))))
    for datasource in TSC.Pager(server.datasources):
        print("datasource", datasource.name)
    filtered = TSC.CSVRequestOptions(maxage=1)
    filtered.vf("Engagement Level", "Low")
    view = next(view for view in views if view.name == "Students")
    server.views.populate_csv(view, filtered)
    levels = {row["Engagement Level"] for row in csv.DictReader(
        io.StringIO(b"".join(view.csv).decode("utf-8-sig"), newline=""))}
    assert levels == {"Low"}, levels
    options = TSC.RequestOptions()
    options.filter.add(TSC.Filter(TSC.RequestOptions.Field.Name, TSC.RequestOptions.Operator.Equals, "student_analytics"))
    found, _ = server.workbooks.get(options)
    assert [workbook.name for workbook in found] == ["student_analytics"]

try:
    server.auth.sign_in(TSC.PersonalAccessTokenAuth("nobody", "wrong", ""))
except TSC.FailedSignInError as error:
    assert error.code == "401001", error.code
else:
    sys.exit("a wrong token signed in")
