"""Writes the linked data (JSON-LD) of every page of a running site as TypeScript.

    python3 infra/verify/linked.py http://127.0.0.1:8080 >linked.ts

The compiler then holds each value against the types of schema-dts, which Google
makes from schema.org: an unknown type or property and a value of a wrong kind
are errors that name the line, at whose end the page stands.
"""
import json
import re
import sys
import urllib.request

base = sys.argv[1]


def get(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read().decode()


print("import type { Graph } from 'schema-dts';")
pages = re.findall(r"<loc>([^<]*)", get(base + "/sitemap.xml")) + [base + "/fr/"]
for number, page in enumerate(pages):
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', get(page), re.S)
    # Google's own word for the box of a search, which schema.org does not list.
    text = text.replace(',"query-input":"required name=search_term_string"', "")
    json.loads(text)
    print(f"const p{number}: Graph = {text}; // {page}")
