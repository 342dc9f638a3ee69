# The texts the embedding model learns from: what belongs together, and what is merely common.
"""Reads O*NET, ESCO, skill2vec and USAJobs.

Not read, because they hold a benchmark's answers: the ESCO-O*NET crosswalk, MELO, SciFact. O*NET and ESCO groups are
kept apart: a string that both have is two strings. Occupations for the measure of unseen titles are left out of every
group, pair and string (see `held_out`), and so is each of their titles wherever else it stands."""

import csv
import gzip
import hashlib
import json
import os
import re
from dataclasses import dataclass, field

csv.field_size_limit(1 << 30)


@dataclass
class Texts:
    # Titles of one occupation, synonyms of one skill: any two are alike. The key names the occupation.
    groups: dict = field(default_factory=dict)
    # Groups of groups: occupations of one minor group, whose titles are hard to tell apart.
    families: dict = field(default_factory=dict)
    # A title or skill and a text about it: alike, but less so.
    pairs: list = field(default_factory=list)
    # Left out of all above: occupation to titles.
    unseen: dict = field(default_factory=dict)


def held_out(key):
    """One occupation in ten, by a hash of its code; O*NET's detailed occupations (`.01`) follow their parent."""
    name = key.split(".")[0] if key.startswith("onet:") else key
    return hashlib.sha256(f"unseen {name}".encode()).digest()[0] % 10 == 0


def rows(path, delimiter="\t"):
    with open(path, encoding="utf-8", newline="") as file:
        quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
        yield from csv.DictReader(file, delimiter=delimiter, quoting=quoting)


def variants(title):
    """`Chief Executive Officer (CEO)`: the whole, without the brackets, and what is inside them."""
    match = re.fullmatch(r"(.+?)\s*\(([^()]+)\)", title)
    return [title, match[1], match[2]] if match else [title]


def onet(data, texts):
    code = "O*NET-SOC Code"
    groups, descriptions = {}, {}
    for row in rows(f"{data}/onet/Occupation_Data.txt"):
        groups[row[code]] = [row["Title"]]
        descriptions[row[code]] = row["Description"]
    for row in rows(f"{data}/onet/Alternate_Titles.txt"):
        groups[row[code]] += variants(row["Alternate Title"])
        if row["Short Title"] not in ("", "n/a"):
            groups[row[code]].append(row["Short Title"])
    for row in rows(f"{data}/onet/Sample_of_Reported_Titles.txt"):
        groups[row[code]] += variants(row["Reported Job Title"])
    for soc, titles in groups.items():
        key = f"onet:{soc}"
        titles = list(dict.fromkeys(titles))
        if held_out(key):
            texts.unseen[key] = titles
            continue
        texts.groups[key] = titles
        texts.families[key] = f"onet:{soc[:4]}"
        texts.pairs.append((key, descriptions[soc]))
    for name, column in (("Task_Statements", "Task"), ("Technology_Skills", "Example"), ("Tools_Used", "Example")):
        for row in rows(f"{data}/onet/{name}.txt"):
            key = f"onet:{row[code]}"
            if key in texts.groups:
                texts.pairs.append((key, row[column]))


def esco(data, texts):
    for row in rows(f"{data}/esco/tabiya_occupations.csv", ","):
        key = f"esco:{row['CODE']}"
        titles = [row["PREFERREDLABEL"]] + [label.strip() for label in row["ALTLABELS"].split("\n") if label.strip()]
        titles = list(dict.fromkeys(titles))
        if held_out(key):
            texts.unseen[key] = titles
            continue
        texts.groups[key] = titles
        texts.families[key] = f"esco:{row['ISCOGROUPCODE'][:3]}"
        if row["DESCRIPTION"]:
            texts.pairs.append((key, row["DESCRIPTION"]))
    with open(f"{data}/esco/skill_labels_en.txt", encoding="utf-8") as file:
        labels = {line.strip().lower(): line.strip() for line in file if line.strip()}
    for row in rows(f"{data}/esco/pypi_skills_id_text.csv", ","):
        # One text: the label, its synonyms, the description, parted by nothing but spaces. Find the label by its words.
        words = row["description"].split(" ")
        for count in range(min(12, len(words) - 1), 0, -1):
            label = labels.get(" ".join(words[:count]).lower())
            if label:
                key = "skill:" + row["id"].rsplit("/", 1)[-1]
                texts.groups[key] = [label]
                texts.families[key] = "skill"
                texts.pairs.append((key, " ".join(words[count:])))
                break


def skill2vec(data, texts):
    with gzip.open(f"{data}/skill2vec/skill2vec_50K.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file)):
            cells = [cell.strip() for cell in row[1:] if cell.strip()]
            if len(cells) >= 3:
                key = f"posting:{number}"
                texts.groups[key] = [cells[0]]
                texts.families[key] = "posting"
                texts.pairs.append((key, ", ".join(cells[1:13])))


def usajobs(data):
    titles = set()
    for name in sorted(os.listdir(f"{data}/usajobs")):
        if name.startswith("jobs_"):
            with open(f"{data}/usajobs/{name}", encoding="utf-8") as file:
                titles.update(job["position_title"] for job in json.load(file))
    return sorted(titles)


def read(data):
    """All of it, in a fixed order."""
    texts = Texts()
    onet(data, texts)
    esco(data, texts)
    skill2vec(data, texts)
    unseen = {title.lower() for titles in texts.unseen.values() for title in titles}
    for key, titles in texts.groups.items():
        texts.groups[key] = [title for title in titles if title.lower() not in unseen]
    texts.groups = {key: titles for key, titles in texts.groups.items() if titles}
    texts.pairs = [(key, text) for key, text in texts.pairs if key in texts.groups]
    return texts


def strings(texts, data):
    """Every distinct text, for distillation, without the titles held out."""
    unseen = {title.lower() for titles in texts.unseen.values() for title in titles}
    found = {title: None for titles in texts.groups.values() for title in titles}
    found.update((text, None) for _, text in texts.pairs)
    for key, text in texts.pairs:
        if key.startswith("posting:"):
            found.update((skill, None) for skill in text.split(", "))
    found.update((title, None) for title in usajobs(data))
    return [text for text in found if text.lower() not in unseen]
