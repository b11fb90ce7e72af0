package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemaFile says what --json prints.
const schemaFile = "contrib/json/gopahole.schema.json"

// compileSchema reads schemaFile in the root of the repository.
func compileSchema(root string) (*jsonschema.Schema, error) {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	return c.Compile(root + "/" + schemaFile)
}

// mainWithSchema is main for scripts. Lines of JSON have to be as the schema says, whatever
// else the script looks at.
func mainWithSchema() {
	if !slices.Contains(os.Args, "--json") || os.Getenv("ROOT") == "" {
		main()
		return
	}
	var out bytes.Buffer
	code := run(os.Args, os.LookupEnv, io.MultiWriter(os.Stdout, &out), os.Stderr)
	if err := checkSchema(os.Getenv("ROOT"), out.Bytes()); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", schemaFile, err)
		code = 99
	}
	os.Exit(code)
}

// checkSchema returns an error if a line is not what the schema says.
func checkSchema(root string, lines []byte) error {
	schema, err := compileSchema(root)
	if err != nil {
		return err
	}
	for line := range bytes.Lines(lines) {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
		if err != nil {
			return fmt.Errorf("%w: %s", err, line)
		}
		if err := schema.Validate(v); err != nil {
			return fmt.Errorf("%s%w", line, err)
		}
	}
	return nil
}

// TestSchemaFields compares the fields that the schema names with those of the structs that
// are printed.
func TestSchemaFields(t *testing.T) {
	types := map[string]any{
		"head": jsonHead{}, "failure": jsonFailure{}, "errno": jsonErrno{}, "encoded": moduleReport{}, "distilled": distillReport{},
		"relocated": relocateReport{}, "relocation": checkReport{}, "verdict": verifyJSON{}, "kfuncs": kfuncsJSON{}, "bare": bareJSON{},
		"unreadable": unreadableJSON{}, "site": inlineReport{}, "made": madeReport{}, "release": kernelRow{}, "version": versionReport{},
		"skipped": skippedReport{}, "function": functionReport{}, "types": typeReport{}, "variable": variableReport{}, "module": moduleExplanation{},
		"change": changeJSON{}, "comparison": comparisonJSON{}, "need": needJSON{}, "survival": survivalJSON{}, "scanned": scanJSON{}, "diagnosis": diagnosis{}, "check": doctorCheck{}, "listed": listedBTF{}, "user": listedUser{},
		"report": encodingReport{}, "archived": archivedPackage{}, "kept": archiveState{}, "got": archiveGot{}, "page": pageReport{},
		"sizes": nil, "kinds": nil, "about": nil, "rules": nil, // parts of others
	}
	data, err := os.ReadFile("../../" + schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs map[string]map[string]any `json:"$defs"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(maps.Keys(schema.Defs)), slices.Sorted(maps.Keys(types)); !slices.Equal(got, want) {
		t.Fatalf("the schema has %v, and the test knows %v", got, want)
	}
	for name, v := range types {
		if v == nil {
			continue
		}
		got := schemaFields(schema.Defs, schema.Defs[name])
		want := make(map[string]bool)
		structFields(reflect.TypeOf(v), want)
		if !maps.Equal(got, want) {
			t.Errorf("%s: the schema has the fields\n%v\nand what is printed\n%v", name, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
	}
}

// schemaFields returns the names of all fields below a part of the schema.
func schemaFields(defs map[string]map[string]any, part map[string]any) map[string]bool {
	found := make(map[string]bool)
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				walk(e)
			}
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				walk(defs[strings.TrimPrefix(ref, "#/$defs/")])
			}
			properties, _ := v["properties"].(map[string]any)
			for name, p := range properties {
				found[name] = true
				walk(p)
			}
			walk(v["items"])
			walk(v["allOf"])
		}
	}
	walk(part)
	return found
}

// structFields adds the names that the fields of a type have in JSON, those of its fields'
// types as well.
func structFields(t reflect.Type, found map[string]bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			found[name] = true
		}
		structFields(f.Type, found)
	}
}

func TestSchemaRefuses(t *testing.T) {
	for _, line := range []string{
		`{"schema":1,"verb":"verify","file":"x","error":"y"}`,
		`{"schema":2,"verb":"verify","error":"y"}`,
		`{"schema":2,"verb":"verify","file":"x","error":"y","surprise":1}`,
		`{"schema":2,"verb":"distill","file":"x","status":"done"}`,
		`{"schema":2,"file":"x"}`,
		`no JSON`,
	} {
		if err := checkSchema("../..", []byte(line)); err == nil {
			t.Errorf("accepted: %s", line)
		}
	}
}
