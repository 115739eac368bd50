"""Reads every feed of a running site with parsers that others wrote.

    python3 infra/verify/feeds.py http://127.0.0.1:8080

feedparser takes what it can and sets bozo where it had to guess; atoma refuses
what lacks a required element. What pages name as their feeds is what is read, so
that a dead link is found, too.
"""
import json
import re
import sys
import urllib.request

import atoma
import feedparser

base = sys.argv[1]
problems = []


def get(url):
    with urllib.request.urlopen(url) as answer:
        return answer.headers.get_content_type(), answer.read()


def problem(url, what):
    problems.append(f"{url}: {what}")


def atom(url, body):
    feed = atoma.parse_atom_bytes(body)
    ids = [e.id_ for e in feed.entries]
    if len(set(ids)) < len(ids):
        problem(url, "two entries have one id")
    if url not in [link.href for link in feed.links if link.rel == "self"]:
        problem(url, "it does not name itself")
    for entry in feed.entries:
        if entry.updated.tzinfo is None or not entry.content.value.strip():
            problem(url, f"{entry.id_} has no zone or no text")
    return feed.entries


def rss(url, body):
    feed = atoma.parse_rss_bytes(body)
    if f'rel="self" type="application/rss+xml" href="{url}"' not in body.decode():
        problem(url, "it does not name itself")
    return feed.items


def json_feed(url, body):
    feed = atoma.parse_json_feed_bytes(body)
    if json.loads(body)["version"] != "https://jsonfeed.org/version/1.1" or feed.feed_url != url:
        problem(url, "its version or its own address is wrong")
    return feed.items


def relative(body):
    """An address without a host inside a text means nothing in a reader."""
    return re.findall(rb"(?:href|src)=(?:&#34;|&quot;|\\?\")/[^&\"\\]*", body)


kinds = {
    "application/atom+xml": atom,
    "application/rss+xml": rss,
    "application/feed+json": json_feed,
}
pages = []
for sitemap in re.findall(r"Sitemap: (\S+)", get(base + "/robots.txt")[1].decode()):
    pages += re.findall(r"<loc>([^<]*)", get(sitemap)[1].decode())
feeds = {}
for page in dict.fromkeys(pages):
    html = get(page)[1].decode()
    for kind, href in re.findall(r'<link rel="alternate" type="([^"]*)" title="[^"]*" href="([^"]*)"', html):
        feeds[base + href] = kind
for url, kind in sorted(feeds.items()):
    served, body = get(url)
    if served != kind:
        problem(url, f"it is served as {served}, its page says {kind}")
    try:
        entries = kinds[kind](url, body)
    except Exception as error:  # whatever a parser says is the finding
        problem(url, f"{type(error).__name__}: {error}")
        continue
    if not entries:
        problem(url, "it has no entry")
    if relative(body):
        problem(url, f"addresses without a host: {relative(body)[:2]}")
    if kind != "application/feed+json":
        parsed = feedparser.parse(body, response_headers={"content-type": kind + "; charset=utf-8"})
        if parsed.bozo:
            problem(url, f"feedparser: {parsed.bozo_exception}")
print("\n".join(problems[:40]))
print(f"{len(feeds)} feeds, {len(problems)} problems")
sys.exit(bool(problems) or len(feeds) < 100)
