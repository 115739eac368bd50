package render

import (
	"html"
	"html/template"
	"regexp"
	"text/template/parse"
)

// fold writes the texts that templates name by a constant, {{t "home"}}, into the
// templates themselves: an article has forty of them, and each would be looked
// up, called by reflection and escaped on every page. What a text cannot be
// written for in advance is left to be called: one with arguments, one that is
// missing, whose error needs its place, and one where HTML's escaping would not
// do, in an address or in an attribute without quotes.
func fold(t *template.Template, text func(key string) (string, error)) {
	f := folder{text: text, special: regexp.MustCompile(`(=\s*|(?i:href|src|action)\s*=\s*["'][^"']*|<(?i:script|style)[^>]*>[^<]*)$`)}
	for _, each := range t.Templates() {
		if each.Tree != nil && each.Tree.Root != nil {
			f.list(each.Tree.Root, nil)
		}
	}
}

type folder struct {
	text    func(key string) (string, error)
	special *regexp.Regexp // the end of what stands before such a place
}

// list goes through the nodes of a list; before is the text before it.
func (f folder) list(l *parse.ListNode, before []byte) {
	if l == nil {
		return
	}
	for i, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			before = n.Text
			continue
		case *parse.ActionNode:
			if s, ok := f.constant(n); ok && !f.special.Match(before) {
				l.Nodes[i] = &parse.TextNode{NodeType: parse.NodeText, Pos: n.Pos, Text: []byte(html.EscapeString(s))}
				continue // what stood before holds for what follows
			}
		case *parse.IfNode:
			f.branch(n.BranchNode, before)
		case *parse.RangeNode:
			f.branch(n.BranchNode, before)
		case *parse.WithNode:
			f.branch(n.BranchNode, before)
		}
	}
}

func (f folder) branch(b parse.BranchNode, before []byte) {
	f.list(b.List, before)
	f.list(b.ElseList, before)
}

// constant returns the text of an action that is t and a key.
func (f folder) constant(n *parse.ActionNode) (string, bool) {
	if len(n.Pipe.Decl) > 0 || len(n.Pipe.Cmds) != 1 || len(n.Pipe.Cmds[0].Args) != 2 {
		return "", false
	}
	name, ok := n.Pipe.Cmds[0].Args[0].(*parse.IdentifierNode)
	key, also := n.Pipe.Cmds[0].Args[1].(*parse.StringNode)
	if !ok || !also || name.Ident != "t" {
		return "", false
	}
	s, err := f.text(key.Text)
	return s, err == nil
}
