# The judged sets that relevance is measured on.
"""Each set: documents and queries for Lyceum, texts for the encoder, and the answers.

- `scifact`: claims against abstracts (Wadden et al. 2020).
- `melo`: O*NET titles against ESCO's labels (Retyk et al. 2024, MELO usa_q_en_c_en).
- `titles-onet`, `titles-esco`: titles of occupations that training did not see against the titles of all such occupations.
- `students`: profiles made from O*NET occupations that neither training nor the setting of weights saw, against postings made
  from all occupations."""

import csv
import hashlib
import json
import random
from dataclasses import dataclass, field

import texts
import unseen

SEED = 20261123


@dataclass
class Set:
    name: str
    documents: list
    queries: list
    answers: dict
    document_texts: dict
    query_texts: dict
    # search: documents and queries are texts; match: they are job postings and student profiles.
    kind: str = "search"
    settings: dict = field(default_factory=dict)
    # What a ranking of this set is judged by first.
    measure: str = "map"
    # Whether the queries are documents too, which then do not count as found.
    among: bool = False


def plain(name, documents, queries, answers, **more):
    """A set whose documents have an id, a title and perhaps a text."""
    return Set(
        name,
        documents=[
            {"id": id, "title": title} | ({"text": text} if text is not None else {}) for id, title, text in documents
        ],
        queries=[{"id": id, "text": text} for id, text in queries],
        answers=answers,
        document_texts={id: f"{title} {text}" if text else title for id, title, text in documents},
        query_texts=dict(queries),
        **more,
    )


def scifact(data):
    def records(name):
        with open(f"{data}/scifact/{name}.jsonl", encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    answers = {}
    with open(f"{data}/scifact/qrels_test.txt", encoding="utf-8") as file:
        for line in file:
            query, _, document, relevance = line.split()
            if int(relevance) > 0:
                answers.setdefault(query, set()).add(document)
    documents = [(r["_id"], r["title"], r["text"]) for r in records("corpus")]
    queries = [(r["_id"], r["text"]) for r in records("queries_test") if r["_id"] in answers]
    return plain("scifact", documents, queries, answers, measure="ndcg_10", settings={"depth": 100})


def melo(data):
    def rows(name):
        with open(f"{data}/melo/{name}.tsv", encoding="utf-8", newline="") as file:
            return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))

    answers = {}
    for query, _, document, relevance in rows("annotations"):
        if int(relevance) > 0:
            answers.setdefault(query, set()).add(document)
    documents = [(id, title, None) for id, title in rows("corpus_elements")]
    queries = [(id, title) for id, title in rows("queries") if id in answers]
    return plain("melo", documents, queries, answers, settings={"depth": 1000})


def titles(data, part):
    questions = unseen.questions(texts.read(data), half=1)
    members, _, queries = questions.parts[part]
    return plain(
        f"titles-{part}",
        [(str(number), questions.titles[number], None) for number in members.tolist()],
        [(str(number), questions.titles[number]) for number in queries],
        {str(n): {str(m) for m in questions.relevant(part, n)} for n in queries},
        settings={"depth": 1000},
        among=True,
    )


def students(data):
    """Five postings an occupation, two to six students an unseen one; a posting is an answer when its occupation is the student's.

    A posting has one of the occupation's alternate titles, some of its technology skills and two of its tasks; a student
    has another title as interest and other skills, so that few words agree."""
    code = "O*NET-SOC Code"
    occupations = {}
    for row in texts.rows(f"{data}/onet/Occupation_Data.txt"):
        occupations[row[code]] = {"titles": [], "skills": [], "tasks": []}
    for row in texts.rows(f"{data}/onet/Alternate_Titles.txt"):
        occupations[row[code]]["titles"].append(row["Alternate Title"])
    for row in texts.rows(f"{data}/onet/Technology_Skills.txt"):
        occupations[row[code]]["skills"].append(row["Example"])
    for row in texts.rows(f"{data}/onet/Task_Statements.txt"):
        occupations[row[code]]["tasks"].append(row["Task"])
    usable = {c: o for c, o in occupations.items() if len(o["titles"]) >= 7 and len(o["skills"]) >= 6}
    made = Set("students", [], [], {}, {}, {}, kind="match", measure="ndcg_10")
    for soc, parts in sorted(usable.items()):
        choose = random.Random(f"{SEED} {soc}")
        names = choose.sample(parts["titles"], min(11, len(parts["titles"])))
        skills = choose.sample(parts["skills"], len(parts["skills"]))
        wanted, owned = skills[: len(skills) * 2 // 3], skills[len(skills) // 3 :]
        jobs = []
        for number in range(5):
            job = {
                "job_posting_id": hashlib.sha256(f"{soc} {number}".encode()).hexdigest()[:12],
                "title": names[number],
                "requirements": {"skills": choose.sample(wanted, min(5, len(wanted)))},
                "description": " ".join(choose.sample(parts["tasks"], min(2, len(parts["tasks"])))),
            }
            jobs.append(job["job_posting_id"])
            made.documents.append(job)
            made.document_texts[jobs[-1]] = ", ".join([job["title"], *job["requirements"]["skills"]])
        # The weights of recommendations were set on the other half.
        if not texts.held_out(f"onet:{soc}") or unseen.half_of(f"onet:{soc}") == 0:
            continue
        for number in range(5, len(names)):
            student = f"{soc}-{number}"
            profile = {
                "student_id": student,
                "career_info": {"interest": names[number]},
                "skills": choose.sample(owned, min(6, len(owned))),
            }
            made.queries.append(profile)
            made.query_texts[student] = ", ".join([names[number], *profile["skills"]])
            made.answers[student] = set(jobs)
    # By id, so that equal scores favour nobody.
    made.documents.sort(key=lambda job: job["job_posting_id"])
    return made


def read(data):
    yield scifact(data)
    yield melo(data)
    yield titles(data, "onet")
    yield titles(data, "esco")
    yield students(data)
