#!/usr/bin/env python3
"""Makes the sample files of content/publications.

The publications of the office are not at hand, so that each item with
`sample: true` in its front matter offers a file of two pages that says what it
is: a sample file of a demonstration site, with the facts of the item. Chromium
prints them as tagged PDF with a language and a title.

    infra/samples/samples.py            # all of them
    infra/samples/samples.py e-news     # those whose path has e-news in it

Needs Python 3 with PyYAML, and Chromium. The files are committed; run this again
only when an item has changed.
"""

import html
import pathlib
import subprocess
import sys
import tempfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2] / "content"
LIMIT = 60_000  # bytes of one file

PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<title>{title}: sample file</title>
<style>
@page {{ size: A4; margin: 0 }}
body {{ margin: 0; font: 12pt/1.55 "Liberation Sans", Arial, sans-serif; color: #16202a }}
section {{ box-sizing: border-box; width: 210mm; height: 296mm; padding: 26mm 24mm; break-after: page; overflow: hidden }}
section:last-child {{ break-after: auto }}
.cover {{ background: #0b4a63; color: #f4f8f9; display: flex; flex-direction: column; border-top: 14mm solid #07364a }}
.cover p {{ margin: 0 }}
h1 {{ font: bold 34pt/1.15 "Liberation Serif", Georgia, serif; margin: auto 0 8mm }}
.cover .facts {{ font-size: 13pt; border-top: 1pt solid #f4f8f9; padding-top: 6mm; margin-bottom: auto }}
.stamp {{ align-self: flex-start; border: 1.5pt solid #f4f8f9; padding: 3mm 5mm; font-weight: bold }}
h2 {{ font: bold 18pt/1.3 "Liberation Serif", Georgia, serif; margin: 9mm 0 3mm }}
h2:first-child {{ margin-top: 0 }}
li {{ margin: 1mm 0 }}
.source {{ overflow-wrap: anywhere; font-size: 10pt }}
</style>
</head>
<body>
<section class="cover">
<p>{series}</p>
<h1>{title}</h1>
<p class="facts">{facts}</p>
<p class="stamp">Sample file of a demonstration site</p>
</section>
<section>
<h2>What this file is</h2>
<p>This is not the publication. It is a sample file that stands in its place on a
demonstration site, so that the download can be tried. The site is made from
public facts and is not run by the World Customs Organization or by its regional
office.</p>
<h2>What the publication is</h2>
<p>{summary}</p>
{contents}
{sources}
</section>
</body>
</html>
"""


def front_matter(file):
    """Returns the front matter of an index.md."""
    return yaml.safe_load(file.read_text().split("\n---\n")[0].removeprefix("---\n"))


def facts(front):
    """Returns what is known of the publication, in one line."""
    known = []
    if "number" in front:
        known.append(f"No. {front['number']}")
    if "period" in front:
        known.append(f"Period {front['period']}")
    if "date" in front:
        known.append(f"Published {front['date']}")
    if "pages" in front:
        known.append(f"The original has {front['pages']} pages")
    return " · ".join(known)


def listing(heading, items, css=""):
    """Returns a heading with a list, or nothing."""
    if not items:
        return ""
    lines = "".join(f"<li{css}>{html.escape(str(i))}</li>" for i in items)
    return f"<h2>{heading}</h2><ul>{lines}</ul>"


def make(index, series):
    """Prints the sample file beside an index.md."""
    front = front_matter(index)
    if not front.get("sample"):
        return
    page = PAGE.format(
        language=front["language"],
        series=html.escape(series[index.parent.parent.name]),
        title=html.escape(front["title"]),
        facts=html.escape(facts(front)),
        summary=html.escape(front["summary"]),
        contents=listing("What is in it, as far as public pages say", front.get("contents")),
        sources=listing("Source", front.get("sources"), ' class="source"'),
    )
    target = index.parent / front["file"]
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "page.html")
        source.write_text(page)
        subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile",
             "--no-pdf-header-footer", f"--print-to-pdf={target}", source.as_uri()],
            check=True, capture_output=True)
    size = target.stat().st_size
    print(f"{target.relative_to(ROOT)}: {size} bytes")
    if size > LIMIT:
        sys.exit(f"{target} is larger than {LIMIT} bytes")


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    data = yaml.safe_load((ROOT / "data/publications.yaml").read_text())
    series = {s["slug"]: s["label"] for s in data["series"]}
    for index in sorted(ROOT.glob("publications/*/*/index.md")):
        if wanted in str(index):
            make(index, series)


if __name__ == "__main__":
    main()
