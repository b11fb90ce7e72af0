package layering

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestPublicNames: what a public package exports is made of types that a user can see. A type
// of an internal package cannot be named in errors.As, and go doc does not show its methods.
func TestPublicNames(t *testing.T) {
	fset := token.NewFileSet()
	found := 0
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name := entry.Name(); name == "internal" || name == "testdata" || name == "cmd" || strings.HasPrefix(name, ".") && name != ".." {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		found++
		for _, use := range internalUses(file) {
			t.Errorf("%s: %s is exported and shows the internal %s", fset.Position(use.at), use.name, use.of)
		}
		return nil
	})
	if err != nil || found < 100 {
		t.Fatalf("%d files, %v", found, err)
	}
}

// A use is a place where an exported declaration shows something internal.
type use struct {
	at       token.Pos
	name, of string
}

// internalUses returns the places where the exported declarations of a file show types or
// variables of internal packages.
func internalUses(file *ast.File) (uses []use) {
	internal := make(map[string]bool) // by the names under which they are imported
	for _, spec := range file.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		if parts := strings.Split(path, "/"); slices.Contains(parts, "internal") && strings.HasPrefix(path, module) {
			name := parts[len(parts)-1]
			if spec.Name != nil {
				name = spec.Name.Name
			}
			internal[name] = true
		}
	}
	check := func(name string, shown ast.Node) {
		ast.Inspect(shown, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Field: // of a struct, or a parameter
				return len(n.Names) == 0 || n.Names[0].IsExported() || !isStructField(shown, n)
			case *ast.FuncLit:
				return false
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && internal[x.Name] {
					uses = append(uses, use{n.Pos(), name, x.Name + "." + n.Sel.Name})
				}
			}
			return true
		})
	}
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Name.IsExported() && (decl.Recv == nil || isExported(decl.Recv.List[0].Type)) {
				check(decl.Name.Name, decl.Type)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					if spec.Name.IsExported() {
						check(spec.Name.Name, spec.Type)
					}
				case *ast.ValueSpec:
					for i, name := range spec.Names {
						if !name.IsExported() {
							continue
						}
						if spec.Type != nil {
							check(name.Name, spec.Type)
						} else if decl.Tok == token.VAR && i < len(spec.Values) {
							check(name.Name, spec.Values[i])
						}
					}
				}
			}
		}
	}
	return uses
}

// isStructField reports whether a field is one of a struct in a type.
func isStructField(in ast.Node, field *ast.Field) bool {
	found := false
	ast.Inspect(in, func(n ast.Node) bool {
		if s, ok := n.(*ast.StructType); ok && slices.Contains(s.Fields.List, field) {
			found = true
		}
		return !found
	})
	return found
}

// isExported reports whether the type of a receiver is exported.
func isExported(receiver ast.Expr) bool {
	switch r := receiver.(type) {
	case *ast.StarExpr:
		return isExported(r.X)
	case *ast.IndexExpr:
		return isExported(r.X)
	case *ast.Ident:
		return r.IsExported()
	}
	return false
}

// TestInternalUses: the rule finds what it is for.
func TestInternalUses(t *testing.T) {
	const head = "package p\nimport \"" + module + "/internal/x\"\n"
	for source, want := range map[string]string{
		"type T = x.T":                             "T x.T",
		"type T struct{ F x.T; f x.U }":            "T x.T",
		"type T struct{ x.T }":                     "T x.T",
		"type T interface{ M(x.T) }":               "T x.T",
		"type t struct{ F x.T }":                   "",
		"func F(a x.T)":                            "F x.T",
		"func F() (*x.T, error)":                   "F x.T",
		"func f(x.T)":                              "",
		"type T int; func (T) M() []x.T":           "M x.T",
		"type t int; func (t) M() []x.T":           "",
		"var V = x.V":                              "V x.V",
		"var V x.T":                                "V x.T",
		"const C = x.C":                            "",
		"func F() { x.G() }":                       "",
		"var V = func(n int) int { return x.G() }": "",
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "p.go", head+source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, u := range internalUses(file) {
			got += u.name + " " + u.of
		}
		if got != want {
			t.Errorf("%s: found %q, want %q", source, got, want)
		}
	}
}
