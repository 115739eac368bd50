package render

import (
	"fmt"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"

	"broadsheet/functions/internal/asset"
)

// pictureAttribute is where the walker leaves the asset.Picture of an image.
const pictureAttribute = "picture"

// pictureSizes says how wide a picture is shown: the column of text, or the
// screen less its margins (see .prose and .wrap in the style sheet).
const pictureSizes = "(min-width: 43rem) 40rem, calc(100vw - 2.5rem)"

// pictures renders images as picture elements: WebP for browsers that take it,
// in the width that the screen needs, with the room kept free until it is there.
type pictures struct{}

// RegisterFuncs registers the renderer with goldmark.
func (pictures) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindImage, picture)
}

func picture(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	n := node.(*ast.Image)
	value, _ := n.AttributeString(pictureAttribute)
	p, ok := value.(asset.Picture)
	if !ok {
		return ast.WalkSkipChildren, nil // refused: a problem was reported
	}
	escape := func(s string) []byte { return util.EscapeHTML([]byte(s)) }
	_, _ = fmt.Fprintf(w, `<picture><source type="image/webp" srcset="%s" sizes="%s">`, p.WebP, pictureSizes)
	_, _ = fmt.Fprintf(w, `<img src="%s" srcset="%s" sizes="%s" alt="%s"`, p.URL, p.Plain, pictureSizes, escape(plain(n, source)))
	if len(n.Title) > 0 {
		_, _ = fmt.Fprintf(w, ` title="%s"`, escape(string(n.Title)))
	}
	_, err := fmt.Fprintf(w, ` width="%d" height="%d" loading="lazy" decoding="async"></picture>`, p.Width, p.Height)
	return ast.WalkSkipChildren, err
}
