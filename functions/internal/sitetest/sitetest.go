// Package sitetest makes small sites for tests: the templates, texts, assets
// and data files of the real content folder with the articles and pages of one
// txtar literal.
package sitetest

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"broadsheet"
)

// base is the least a site needs besides what comes from the real one.
const base = `
-- redirects.yaml --
- {from: /home/, to: /}
-- pages/index.md --
---
title: A small office
summary: Enough of a home page for a test.
---
Welcome.
-- pages/about.md --
---
title: About
summary: Who we are.
---
We are small.

## History

It is short.
-- data/names.fr.yaml --
-- pages/about/this-site.md --
---
title: About this site
summary: What it is.
---
A test.
-- pages/contact.md --
---
title: Contact
summary: How to reach us.
---
By mail.
-- pages/privacy.md --
---
title: Privacy
summary: What is kept.
---
Little.
-- pages/accessibility.md --
---
title: Accessibility
summary: For everybody.
---
It is.
-- pages/partners.md --
---
title: Partners
summary: Our friends.
template: partners
---
They help.
-- pages/sitemap.md --
---
title: Site map
summary: All pages.
template: sitemap
---
Here they are.
-- news/2022/siren/index.md --
---
title: Debriefing in Seoul
summary: Officers of two administrations looked back on a joint operation.
start: 2022-09-20
end: 2022-09-22
place: Seoul
country: kr
activity: seminar
mode: onsite
organisers: [Korea Customs Service]
funds: [ccf-korea]
topics: [drugs, risk-management]
pillar: wco-tools
participants: 60
members: [kr, th]
members_count: 2
seizures:
  - {what: amphetamine pills, quantity: 29000, unit: pills}
sources: ["https://example.org/641"]
legacy_ids: [641]
---
The seminar had a [page of its own](/about/#history).
-- news/2021/online.md --
---
title: A meeting on screens
summary: Nobody travelled.
start: 2021-02-01
published: 2021-02-03
activity: webinar
mode: online
topics: [aeo]
sources: ["https://example.org/2"]
---
Short.
`

// Files returns the small site with the files of a txtar archive put over it.
// A file that is empty there is removed.
func Files(t testing.TB, overlay string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, root := range []string{"site.yaml", "site.fr.yaml", "data", "strings", "templates", "assets"} {
		err := fs.WalkDir(broadsheet.Content(), root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := fs.ReadFile(broadsheet.Content(), name)
			files[name] = &fstest.MapFile{Data: b}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, archive := range []string{base, overlay} {
		for _, f := range txtar.Parse([]byte(archive)).Files {
			if strings.TrimSpace(string(f.Data)) == "" {
				delete(files, f.Name)
				continue
			}
			files[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	return files
}
