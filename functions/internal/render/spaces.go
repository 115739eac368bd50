package render

import (
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"broadsheet/functions/internal/content"
)

// spaces puts the no-break spaces of a language's typography in place of plain
// ones. As a parser of inline text it sees neither code nor addresses.
type spaces struct{ language parser.ContextKey }

// Trigger is part of parser.InlineParser.
func (spaces) Trigger() []byte { return []byte{' '} }

// Parse is part of parser.InlineParser. It is called at the start of a line,
// too, whatever stands there.
func (s spaces) Parse(_ ast.Node, block text.Reader, context parser.Context) ast.Node {
	line, _ := block.PeekLine()
	if len(line) < 2 || line[0] != ' ' {
		return nil
	}
	language, _ := context.Get(s.language).(string)
	after, _ := utf8.DecodeRune(line[1:])
	space := content.NoBreak(language, block.PrecendingCharacter(), after)
	if space == 0 {
		return nil
	}
	block.Advance(1)
	return ast.NewString([]byte(string(space)))
}
