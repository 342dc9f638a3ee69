"""Writes the short documents of the search benchmark: job titles with skills, announcements, alternate titles.

    data.py SHARED_DATA OUTPUT [COPIES]

124,472 documents: 50,000 of skill2vec (title and skills), 17,912 of USAJobs (title, agency, occupation series), 56,560
alternate titles of O*NET. With COPIES n each document comes n times; in the copies one word in three gets the copy's
number appended, so that the vocabulary grows as that of new documents would. 2,000 queries: alternate titles, seeded.
"""

import csv
import glob
import gzip
import json
import random
import sys


def documents(shared):
    with gzip.open(f"{shared}/skill2vec/skill2vec_50K.csv.gz", "rt", encoding="utf-8", errors="replace") as file:
        for row in csv.reader(file):
            yield "skill2vec", " ".join(value for value in row[1:] if value.strip())
    for name in sorted(glob.glob(f"{shared}/usajobs/jobs_*.json")):
        with open(name, encoding="utf-8") as file:
            for job in json.load(file):
                parts = [job["position_title"], job.get("agency") or ""] + (job.get("occupation_series") or [])
                yield "usajobs", " ".join(parts)
    with open(f"{shared}/onet/Alternate_Titles.txt", encoding="utf-8") as file:
        next(file)
        for line in file:
            yield "onet", line.split("\t")[1]


def main():
    shared, output = sys.argv[1:3]
    copies = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    found = [(kind, " ".join(text.split())) for kind, text in documents(shared)]
    titles = [text for kind, text in found if kind == "onet"]
    generator = random.Random(20261123)
    queries = generator.sample(titles, 2000)
    with open(f"{output}/documents.tsv", "w", encoding="utf-8") as file:
        number = 0
        for copy in range(copies):
            for kind, text in found:
                if copy:
                    text = " ".join(w + str(copy) if generator.random() < 1 / 3 else w for w in text.split(" "))
                file.write(f"{number}\t{kind}\t{text}\n")
                number += 1
    with open(f"{output}/queries.txt", "w", encoding="utf-8") as file:
        file.writelines(query + "\n" for query in queries)


main()
