package press

import (
	"html/template"
	"regexp"
	"strings"

	"broadsheet/functions/internal/edition"
)

// mailStyles are the styles of what Markdown makes, by element. Mail programs
// read no style sheet that they can count on; the class is for the dark scheme.
func mailStyles() map[string]string {
	const words = "font:16px/1.6 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#16202a;"
	return map[string]string{
		"p":          `class="ink" style="margin:0 0 16px;` + words + `"`,
		"h2":         `class="ink" style="margin:28px 0 12px;font:700 20px/1.3 Georgia,'Times New Roman',serif;color:#16202a;"`,
		"h3":         `class="ink" style="margin:24px 0 8px;font:700 17px/1.35 Georgia,'Times New Roman',serif;color:#16202a;"`,
		"ul":         `style="margin:0 0 16px;padding:0 0 0 22px;"`,
		"ol":         `style="margin:0 0 16px;padding:0 0 0 24px;"`,
		"li":         `class="ink" style="margin:0 0 6px;` + words + `"`,
		"blockquote": `style="margin:0 0 16px;padding:0 0 0 16px;border-left:3px solid #c9a24a;"`,
		"table":      `width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px;border-collapse:collapse;"`,
		"th":         `class="ink line" style="padding:6px 12px 6px 0;text-align:left;vertical-align:top;border-bottom:1px solid #ddd6c6;font:700 15px/1.45 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#16202a;"`,
		"td":         `class="ink line" style="padding:6px 12px 6px 0;vertical-align:top;border-bottom:1px solid #ddd6c6;font:15px/1.45 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#16202a;"`,
		"a":          `class="link" style="color:#0b4a63;"`,
		"img":        `style="display:block;max-width:100%;height:auto;border:0;"`,
		"hr":         `style="border:0;border-top:1px solid #ddd6c6;margin:24px 0;"`,
	}
}

// mailHTML gives rendered Markdown the styles of a mail and whole addresses. It
// is the press's own HTML, in which attributes stand in double quotes.
func (f *frame) mailHTML(html template.HTML) template.HTML {
	styles := mailStyles()
	own := regexp.MustCompile(` (?:id|class|style|rel|loading|decoding)="[^"]*"`)
	address := regexp.MustCompile(` (href|src)="(/[^"]*)"`)
	return template.HTML(regexp.MustCompile(`<([a-z0-9]+)((?: [a-z-]+="[^"]*")*) ?/?>`).ReplaceAllStringFunc(string(html), func(tag string) string {
		m := regexp.MustCompile(`<([a-z0-9]+)((?: [a-z-]+="[^"]*")*)`).FindStringSubmatch(tag)
		style, ok := styles[m[1]]
		if !ok {
			return tag
		}
		rest := address.ReplaceAllStringFunc(own.ReplaceAllString(m[2], ""), func(attribute string) string {
			a := address.FindStringSubmatch(attribute)
			return ` ` + a[1] + `="` + edition.Slot("site") + f.address(a[2]) + `"`
		})
		return "<" + m[1] + rest + " " + style + ">"
	}))
}

// mailAddress is where a link leads in the text of a mail.
func (f *frame) mailAddress(target string) string {
	if strings.HasPrefix(target, "/") {
		return edition.Slot("site") + f.address(target)
	}
	return target
}
