package stack_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// root is the root of the repository, from here.
const root = "../../.."

// program is what a Lambda program can reach of our code: its own package and
// what that imports, and of those the functions whose names come up on the way
// from main. It is found by name, without types, so it may hold a function too
// many, never one too few.
type program struct {
	name   string
	files  []*ast.File
	reach  []*ast.FuncDecl
	embeds bool // content and edition are in it
}

// programs are all Lambda programs: each folder of functions with a main.go, but
// the laptop's.
func programs(t *testing.T) map[string]*program {
	t.Helper()
	mains, err := filepath.Glob(root + "/functions/*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*program{}
	for _, file := range mains {
		name := filepath.Base(filepath.Dir(file))
		if name == "broadsheet" {
			continue
		}
		p := &program{name: name}
		seen := map[string]bool{}
		p.load(t, "functions/"+name, seen)
		p.walk()
		all[name] = p
	}
	if len(all) < 4 {
		t.Fatalf("only %d programs were found", len(all))
	}
	return all
}

// load parses a package and what it imports of ours.
func (p *program) load(t *testing.T, dir string, seen map[string]bool) []*ast.File {
	t.Helper()
	if seen[dir] {
		return nil
	}
	seen[dir] = true
	entries, err := os.ReadDir(path.Join(root, dir))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, e := range entries {
		if !isSource(e) {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path.Join(root, dir, e.Name()), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
		for _, i := range f.Imports {
			p.embeds = p.embeds || text(i.Path) == "broadsheet"
			if ours, ok := strings.CutPrefix(text(i.Path), "broadsheet/"); ok {
				p.load(t, ours, seen)
			}
		}
	}
	p.files = append(p.files, files...)
	return files
}

func isSource(e fs.DirEntry) bool {
	return strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go")
}

func text(l *ast.BasicLit) string {
	s, _ := strconv.Unquote(l.Value)
	return s
}

// walk finds the functions in reach: first main, then every function and every
// method whose name is mentioned by what is in reach.
func (p *program) walk() {
	type place struct {
		fn      *ast.FuncDecl
		foreign map[string]bool // names of packages: true for those that are not ours
	}
	byName := map[string][]place{}
	fields := map[string]bool{} // of structs: such a name is a method only where it is called
	for _, f := range p.files {
		foreign := importNames(f)
		ast.Inspect(f, func(n ast.Node) bool {
			if st, ok := n.(*ast.StructType); ok {
				for _, field := range st.Fields.List {
					for _, name := range field.Names {
						fields[name.Name] = true
					}
				}
			}
			return true
		})
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				byName[fn.Name.Name] = append(byName[fn.Name.Name], place{fn, foreign})
			}
		}
	}
	reached := map[*ast.FuncDecl]bool{}
	var visit func(name string, method bool)
	visit = func(name string, method bool) {
		for _, at := range byName[name] {
			if reached[at.fn] || (at.fn.Recv != nil) != method {
				continue
			}
			reached[at.fn] = true
			p.reach = append(p.reach, at.fn)
			called := map[ast.Expr]bool{}
			ast.Inspect(at.fn, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					called[n.Fun] = true
				case *ast.SelectorExpr:
					x, _ := n.X.(*ast.Ident)
					if x == nil {
						x = &ast.Ident{}
					}
					foreign, isPackage := at.foreign[x.Name]
					if !foreign && (isPackage || called[n] || !fields[n.Sel.Name]) {
						visit(n.Sel.Name, !isPackage)
					}
					if x.Name == "" {
						return true
					}
					return false // the name itself is not a function of this package
				case *ast.Ident:
					visit(n.Name, false)
				}
				return true
			})
		}
	}
	visit("main", false)
}

// importNames are the names under which a file knows packages, and whether they
// are somebody else's.
func importNames(f *ast.File) map[string]bool {
	names := map[string]bool{}
	for _, i := range f.Imports {
		p := text(i.Path)
		name := path.Base(p)
		if i.Name != nil {
			name = i.Name.Name
		}
		names[name] = !strings.HasPrefix(p, "broadsheet")
	}
	return names
}

// variables are the variables of the environment that the program reads: names
// given to os.Getenv in what it reaches, and the fields of config.Config that are
// used there.
func (p *program) variables(t *testing.T) []string {
	t.Helper()
	settings := configFields(t)
	found := map[string]bool{}
	for _, fn := range p.reach {
		ast.Inspect(fn, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			switch selector(call.Fun) {
			case "os.Getenv":
				if l, ok := call.Args[0].(*ast.BasicLit); ok {
					found[text(l)] = true
				}
			case "config.Endpoint":
				found["AWS_ENDPOINT_URL"] = true
			}
			return true
		})
	}
	for _, fn := range p.reach {
		names := configNames(fn)
		ast.Inspect(fn, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && settings[s.Sel.Name] != "" {
				if x, ok := s.X.(*ast.Ident); ok && names[x.Name] {
					found[settings[s.Sel.Name]] = true
				}
			}
			return true
		})
	}
	return slices.Sorted(maps.Keys(found))
}

// configNames are the names by which a function knows a config.Config: of its
// parameters, and of what it loads.
func configNames(fn *ast.FuncDecl) map[string]bool {
	names := map[string]bool{}
	for _, field := range fn.Type.Params.List {
		for _, name := range field.Names {
			if selector(field.Type) == "config.Config" {
				names[name.Name] = true
			}
		}
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && len(a.Rhs) == 1 {
			if call, ok := a.Rhs[0].(*ast.CallExpr); ok && selector(call.Fun) == "config.Load" {
				names[a.Lhs[0].(*ast.Ident).Name] = true
			}
		}
		return true
	})
	return names
}

func selector(e ast.Expr) string {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	x, _ := s.X.(*ast.Ident)
	if x == nil {
		return ""
	}
	return x.Name + "." + s.Sel.Name
}

// configFields maps the fields of config.Config to the variables that Load reads
// them from.
func configFields(t *testing.T) map[string]string {
	t.Helper()
	fields := map[string]string{}
	f, err := parser.ParseFile(token.NewFileSet(), root+"/functions/internal/config/config.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		c, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if name, ok := c.Type.(*ast.Ident); !ok || name.Name != "Config" {
			return true
		}
		for _, e := range c.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				if name := firstText(kv.Value); name != "" {
					fields[kv.Key.(*ast.Ident).Name] = name
				}
			}
		}
		return false
	})
	if fields["SiteURL"] != "SITE_URL" || len(fields) < 10 {
		t.Fatalf("the settings in config.Load were not understood: %v", fields)
	}
	return fields
}

func firstText(e ast.Expr) (found string) {
	ast.Inspect(e, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING && found == "" {
			found = text(l)
		}
		return found == ""
	})
	return found
}

// actions are the IAM actions that the program's calls of AWS need, from the
// inputs it makes: dynamodb.PutItemInput is dynamodb:PutItem. A request that is
// made without a client names its target: AmazonSSM.GetParameter.
func (p *program) actions() []string {
	found := map[string]bool{}
	for _, fn := range p.reach {
		ast.Inspect(fn, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				if operation, ok := strings.CutPrefix(text(l), "AmazonSSM."); ok {
					found["ssm:"+operation] = true
				}
			}
			c, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			service, operation, _ := strings.Cut(selector(c.Type), ".")
			if operation, ok := strings.CutSuffix(operation, "Input"); ok {
				for _, action := range needs(service, operation) {
					found[action] = true
				}
			}
			if len(c.Elts) > 0 {
				if kv, ok := c.Elts[0].(*ast.KeyValueExpr); ok && c.Type == nil || ok && selector(c.Type) == "types.TransactWriteItem" {
					if key, ok := kv.Key.(*ast.Ident); ok && transacted()[key.Name] != "" {
						found[transacted()[key.Name]] = true
					}
				}
			}
			return true
		})
	}
	return slices.Sorted(maps.Keys(found))
}

// needs is the Service Authorization Reference for what is not simply the
// operation's name.
func needs(service, operation string) []string {
	switch service + "." + operation {
	case "dynamodb.TransactWriteItems":
		return nil // each item of a transaction needs its own action
	case "sesv2.SendEmail":
		return []string{"ses:SendEmail", "ses:SendRawEmail"}
	case "sqs.SendMessageBatch":
		return []string{"sqs:SendMessage"}
	case "lambda.Invoke", "lambdaservice.Invoke":
		return []string{"lambda:InvokeFunction"}
	}
	prefix := map[string]string{"dynamodb": "dynamodb", "sesv2": "ses", "sqs": "sqs", "ssm": "ssm", "codedeploy": "codedeploy"}[service]
	if prefix == "" {
		return nil
	}
	return []string{prefix + ":" + operation}
}

func transacted() map[string]string {
	return map[string]string{
		"Put": "dynamodb:PutItem", "Update": "dynamodb:UpdateItem", "Delete": "dynamodb:DeleteItem", "ConditionCheck": "dynamodb:ConditionCheckItem",
	}
}

// muxPatterns are the patterns of http.ServeMux in one of our packages.
func muxPatterns(t *testing.T, dir string) []string {
	t.Helper()
	p := &program{}
	var patterns []string
	for _, f := range p.load(t, dir, map[string]bool{}) {
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			s, ok := call.Fun.(*ast.SelectorExpr)
			if l, isText := call.Args[0].(*ast.BasicLit); ok && isText && (s.Sel.Name == "Handle" || s.Sel.Name == "HandleFunc") {
				patterns = append(patterns, text(l))
			}
			return true
		})
	}
	return patterns
}
