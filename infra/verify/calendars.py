"""Reads the calendars and the figures of a running site with parsers that are not
ours: icalendar for RFC 5545, the csv and json modules of Python for the data.

    calendars.py http://127.0.0.1:8080
"""

import csv
import io
import json
import re
import sys
import urllib.request

import icalendar


def fetch(url):
    """Returns the body of an answer and its content type."""
    with urllib.request.urlopen(url) as answer:
        return answer.read(), answer.headers["Content-Type"]


def paths(base):
    """Returns the addresses of all calendars: those that pages link to."""
    pages = [base + "/events/", base + "/topics/"]
    sitemap, _ = fetch(base + "/sitemap.xml")
    pages += [p for p in re.findall(r"<loc>([^<]+)", sitemap.decode()) if "/events/" in p or "/topics/" in p]
    found = set()
    for page in pages:
        body, _ = fetch(page)
        found.update(re.findall(r'href="(/[^"]+\.ics)"', body.decode()))
    return sorted(found)


def check_lines(path, body):
    """Lines end in CR LF and have at most 75 octets (RFC 5545, section 3.1)."""
    assert body.endswith(b"\r\n") and body.count(b"\n") == body.count(b"\r\n"), f"{path}: a line does not end in CR LF"
    for line in body.split(b"\r\n"):
        assert len(line) <= 75, f"{path}: a line of {len(line)} octets: {line!r}"


def check_event(path, event):
    """What a calendar program needs of an event."""
    for name in ("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS", "URL"):
        assert event.get(name), f"{path}: an event has no {name}"
    assert not event.errors, f"{path}: {event.errors}"
    start, end = event["DTSTART"].dt, event["DTEND"].dt
    assert type(start) is type(end), f"{path}: {event['UID']} begins with a {type(start)} and ends with a {type(end)}"
    assert end > start, f"{path}: {event['UID']} ends before it begins"
    assert event["STATUS"] in ("CONFIRMED", "TENTATIVE", "CANCELLED"), f"{path}: status {event['STATUS']}"


def check_calendar(base, path):
    """Returns the UIDs of a calendar."""
    body, kind = fetch(base + path)
    assert kind == "text/calendar; charset=utf-8", f"{path} is {kind}"
    check_lines(path, body)
    calendar = icalendar.Calendar.from_ical(body)
    assert calendar["VERSION"] == "2.0" and calendar["PRODID"], f"{path}: no VERSION or PRODID"
    uids = [str(e["UID"]) for e in calendar.walk("VEVENT")]
    for event in calendar.walk("VEVENT"):
        check_event(path, event)
    assert uids and len(uids) == len(set(uids)), f"{path}: {len(uids)} events, {len(set(uids))} UIDs"
    return set(uids)


def check_figures(base):
    """The table and the JSON have the same numbers; no cell is a formula."""
    body, _ = fetch(base + "/stats/data.csv")
    rows = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
    figures = json.loads(fetch(base + "/stats/data.json")[0])["figures"]
    for row in rows:
        for cell in row.values():
            assert not re.match(r"[=+\-@\t\r]", cell), f"data.csv has a formula: {cell}"
    in_table = sum(int(row["count"]) for row in rows)
    in_json = sum(n for f in figures for row in f["rows"] for n in row["counts"].values())
    assert in_table == in_json > 0, f"the table adds up to {in_table}, the JSON to {in_json}"
    return len(rows)


def main():
    base = sys.argv[1]
    found = paths(base)
    every = check_calendar(base, "/events.ics")
    for path in found:
        uids = check_calendar(base, path)
        assert uids <= every, f"{path} has events that /events.ics lacks: {uids - every}"
    assert len(found) > len(every), f"{len(found)} calendars for {len(every)} events"
    print(f"{len(found)} calendars with {len(every)} events, {check_figures(base)} numbers: all in order")


if __name__ == "__main__":
    main()
