package layering

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"
)

// TestExamples checks that the programs which docs/go.md names stay short: what they do
// takes at most 40 lines. That they work, the tests of their packages check.
func TestExamples(t *testing.T) {
	const longest = 40
	for _, example := range []struct{ file, name string }{
		{"btf/example_test.go", "ExampleTypes_Members"},
		{"elffile/example_test.go", "Example"},
		{"verify/example_loader_test.go", "ExampleLoader_Module"},
		{"dedup/example_test.go", "Example"},
	} {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, filepath.Join("..", "..", example.file), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		lines := 0
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == example.name {
				lines = files.Position(f.End()).Line - files.Position(f.Pos()).Line + 1
			}
		}
		if lines == 0 || lines > longest {
			t.Errorf("%s: %s has %d lines, and should have %d at most", example.file, example.name, lines, longest)
		}
	}
}
