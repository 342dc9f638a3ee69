"""What Schemathesis cannot read from the document: the grammar of filters, the fields there are, and which refusals are right."""
import os

import schemathesis
from hypothesis import strategies as st

ROLE = os.environ.get("LYCEUM_CONTRACT_ROLE", "anonymous")
words = st.sampled_from(["SQL", "Python", "R", "Data engineer", "Boston, MA", "\u00e9t\u00e9", "x"])
values = words.map(lambda word: '"' + word + '"')
# Fields that students, jobs and courses all have.
fields = st.sampled_from(["skills"])
conditions = st.one_of(
    st.builds(lambda field, sign, value: f"{field} {sign} {value}", fields, st.sampled_from(["=", "!="]), values),
    st.builds(lambda field, list: f"{field} IN [{', '.join(list)}]", fields, st.lists(values, min_size=1, max_size=5)),
    st.builds(lambda field: f"EXISTS {field}", fields),
)
filters = st.recursive(
    conditions,
    lambda inner: st.one_of(
        st.builds("{} AND {}".format, inner, inner), st.builds("({} OR {})".format, inner, inner), st.builds("NOT ({})".format, inner)
    ),
    max_leaves=6,
)
schemathesis.openapi.format("filter", filters)
schemathesis.openapi.format("field", fields)
schemathesis.openapi.format("sort-key", st.sampled_from(["title", "-title", "gpa", "-gpa"]))
# Whether a cursor fits is known to the server alone; whatever it is, the answer is never a failure.
schemathesis.openapi.format("cursor", st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=60))


def holds_empty(values):
    """Whether a filter, facet or sort key is the empty text: no word of the grammar, and as good as absent to the server."""
    if not isinstance(values, dict):
        return False
    texts = [values.get(name) for name in ("filter", "facets", "sort", "cursor")]
    return any(text == "" or (isinstance(text, list) and "" in text) for text in texts)


@schemathesis.hook
def filter_query(context, query):
    return not holds_empty(query)


@schemathesis.hook
def filter_body(context, body):
    return not holds_empty(body)


# What a request that keeps the schema may still be refused for: its parameter, by the problem's kind.
EXPLAINED = {
    "bad-filter": {"filter"},
    "bad-cursor": {"cursor"},
    # A field that this collection lacks, or this caller does not see; a cursor together with an offset.
    "bad-parameter": {"facets", "sort", "fields", "cursor"},
    "purpose-required": {"X-Purpose"},
}
if ROLE == "analyst":
    EXPLAINED["bad-parameter"] |= {"explain", "offset", "highlight"}


@schemathesis.check
def explained_refusal(context, response, case):
    """A request that keeps the schema is refused with 400 only for what the schema cannot say, and the answer names it."""
    if response.status_code != 400 or case.meta is None or not case.meta.generation.mode.is_positive:
        return
    problem = response.json()
    kind = problem["type"].removeprefix("urn:lyceum:problem:")
    if problem.get("parameter") not in EXPLAINED.get(kind, set()):
        raise AssertionError(f"a request that keeps the schema is refused: {kind}, {problem.get('parameter')}: {problem['detail']}")
