package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"github.com/gopahole/gopahole/kernel"
)

// jsonSchema is the version of what --json prints, the first field of every
// object. It changes when a field changes its meaning or goes away. What the fields
// are is in contrib/json/gopahole.schema.json.
const jsonSchema = 2

// A jsonHead begins every object that --json prints.
type jsonHead struct {
	Schema int    `json:"schema"`
	Verb   string `json:"verb"`
	File   string `json:"file,omitempty"` // that the object is about
}

// jsonHead is the beginning of an object about a file, "" for none.
func (c *command) jsonHead(file string) jsonHead {
	return jsonHead{jsonSchema, c.verb, file}
}

// jsonFlag defines the option of a verb that has results as JSON.
func (c *command) jsonFlag(fs *pflag.FlagSet, usage string) {
	on(fs, "json", "", usage, func() { c.json = true })
}

// A jsonFailure is the only object of a run that ended before there was a result.
type jsonFailure struct {
	jsonHead
	Error  string `json:"error"`
	Status int    `json:"status"` // exit status
}

// printFailure prints an object about the error that ended a verb, if none was printed
// before: whoever reads JSON does not have to look at standard error for the reason.
func (c *command) printFailure(err error, status int) {
	if !c.json || c.objects == nil || c.objects.Load() > 0 {
		return
	}
	file := ""
	if c.subject != nil && c.subject.Load() != nil {
		file = *c.subject.Load()
	}
	_ = c.printJSON(jsonFailure{c.jsonHead(file), err.Error(), status}) // which stream keeps
}

// A jsonErrno is an error number of Linux.
type jsonErrno struct {
	Name   string `json:"name"`
	Number int    `json:"number"`
}

// newErrno returns nil for 0, no error.
func newErrno(e kernel.Errno) *jsonErrno {
	if e == 0 {
		return nil
	}
	return &jsonErrno{e.Error(), int(e)}
}

// printJSON prints v, a struct or a pointer to one, on one line, whether other lines
// follow or not.
//
// A path may hold bytes that are no UTF-8, and a string of JSON may not. What stands for
// them there, U+FFFD, is not the path: beside each such field of the object, x, there is
// a field x_base64 with the bytes. No reader has to know it, and no string is one that
// some readers refuse, as halves of surrogate pairs would be.
func (c *command) printJSON(v any) error {
	if c.objects != nil {
		c.objects.Add(1)
	}
	line, err := jsonLine(v)
	if err == nil {
		_, err = c.stdout.Write(line)
	}
	if err != nil {
		return stdoutError(err)
	}
	return nil
}

// jsonLine is what printJSON prints.
func jsonLine(v any) ([]byte, error) {
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	if err != nil {
		return nil, err
	}
	text := escapeUnprintable(bytes.TrimSuffix(line.Bytes(), []byte("\n")))
	if bytes.Contains(text, []byte(`\ufffd`)) { // as the encoder writes bytes that it replaced
		text, err = addBytes(text, reflect.Indirect(reflect.ValueOf(v)))
	}
	return append(text, '\n'), err
}

// addBytes appends to an object of JSON, made of a struct, the fields for the strings
// that are no UTF-8.
func addBytes(object []byte, v reflect.Value) ([]byte, error) {
	if v.Kind() != reflect.Struct {
		return object, nil
	}
	object = bytes.TrimSuffix(object, []byte("}"))
	for _, f := range reflect.VisibleFields(v.Type()) {
		field := v.FieldByIndex(f.Index)
		if field.Kind() != reflect.String || utf8.ValidString(field.String()) {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		value, err := json.Marshal([]byte(field.String()))
		if err != nil {
			return nil, err
		}
		object = append(append(object, `,"`+name+`_base64":`...), value...)
	}
	return append(object, '}'), nil
}

// escapeUnprintable writes characters that a terminal may obey as escapes of JSON. They
// stand in strings only.
func escapeUnprintable(text []byte) []byte {
	if !bytes.ContainsFunc(text, isUnprintable) {
		return text
	}
	var out []byte
	for _, r := range string(text) {
		switch {
		case !isUnprintable(r):
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}

// isUnprintable reports whether a character of JSON is none that everybody shows.
func isUnprintable(r rune) bool { return !strconv.IsPrint(r) && r != utf8.RuneError }
