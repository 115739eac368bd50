package content

import (
	"crypto/sha256"
	"strings"
	"time"
)

// Site is the checked content: immutable once loaded.
type Site struct {
	Facts
	Articles     []*Article     // newest first
	Pages        []*Page        // by permalink
	Events       []*Event       // earliest first
	Publications []*Publication // by series, newest first
	Letters      []*Letter      // newest number first
	Redirects    []Redirect

	translations map[string]*Site // by language, without the first
}

// Facts are what every page may show, whatever it is about: all that is read
// from site.yaml, data/ and strings/.
type Facts struct {
	Config  Config
	Strings map[string]string // texts of the interface

	PublicationSeries []PublicationSeries
	Elsewhere         []Periodical // publications of others
	Members           Membership
	Entities          Entities
	ViceChairs        []Tenure
	Workshops         []string // activities that count as workshops in the figures

	Topics, Funds, Pillars, Series, Countries, Activities Vocabulary
	Partners                                              []PartnerGroup
	Spots                                                 []Spot
}

// Config is site.yaml: what the organisation is called and how its pages begin
// and end.
type Config struct {
	Name        string     `yaml:"name,required"`
	ShortName   string     `yaml:"short_name,required"`
	Tagline     string     `yaml:"tagline,required"`
	Description string     `yaml:"description,required"`
	URL         string     `yaml:"url,required" form:"origin"` // where the site will stand, if SITE_URL does not say otherwise
	Language    string     `yaml:"language,required"`          // the first language; of Site.In, that language
	Languages   []Language `yaml:"languages"`                  // the first language first
	Locality    string     `yaml:"locality,required"`
	Zone        string     `yaml:"zone" form:"zone"` // of the times at which articles appear, as Asia/Bangkok; UTC if left out
	Founded     int        `yaml:"founded"`
	Notice      string     `yaml:"notice,required"` // in the footer of every page
	Menu        []Link     `yaml:"menu,required"`
	Footer      []Link     `yaml:"footer,required"`
	Newsletter  Newsletter `yaml:"newsletter,required"`
}

// Location is the zone of the times of the site, UTC if it names none.
func (c Config) Location() *time.Location { return location(c.Zone) }

// Link is an entry of a menu.
type Link struct {
	Label string `yaml:"label,required"`
	URL   string `yaml:"url,required"`
}

// Newsletter is how mail of the site is signed.
type Newsletter struct {
	Name    string `yaml:"name,required"`    // of the list, as mail programs show it
	Sender  string `yaml:"sender,required"`  // display name in From
	ListID  string `yaml:"list_id,required"` // RFC 2919
	Address string `yaml:"address,required"` // postal address or place, at the end of each mail
}

// Page is a plain page: about, contact, privacy.
type Page struct {
	File
	Translation
	Front     PageFront
	Permalink string // /about/
}

// PageFront is the front matter of a plain page.
type PageFront struct {
	Title    string   `yaml:"title,required"`
	Summary  string   `yaml:"summary,required"`
	Template string   `yaml:"template"` // a template of templates/web other than page
	Updated  Date     `yaml:"updated"`
	Aliases  []string `yaml:"aliases" form:"old"`
	Legacy   []int    `yaml:"legacy_service_ids"` // numbers of the old site's /service/
}

// Redirect is a line of redirects.yaml.
type Redirect struct {
	From string `yaml:"from,required" form:"old"`
	To   string `yaml:"to,required"`
	Place
}

// File is where an article or page was read from.
type File struct {
	Path     string            // in the content folder
	Body     []byte            // Markdown
	BodyLine int               // lines of the file above the body
	Bundle   bool              // a folder with index.md that may hold pictures
	Sum      [sha256.Size]byte // of all that the file says, front matter and body
	source   *source
}

// At returns where a front matter field stands.
func (f File) At(field string) Place { return f.source.at(field) }

// Dir returns the folder that pictures are looked up in, relative to the
// content folder.
func (f File) Dir() string {
	if i := strings.LastIndexByte(f.Path, '/'); i >= 0 {
		return f.Path[:i]
	}
	return "."
}

// Slug returns the last part of a permalink.
func Slug(permalink string) string {
	trimmed := strings.Trim(permalink, "/")
	return trimmed[strings.LastIndexByte(trimmed, '/')+1:]
}
