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
)

// jsonSchema is the version of what --json prints, the first field of every
// object. It changes when a field changes its meaning or goes away.
const jsonSchema = 1

// printJSON prints v, a struct or a pointer to one, on one line, whether other lines
// follow or not.
//
// A path may hold bytes that are no UTF-8, and a string of JSON may not. What stands for
// them there, U+FFFD, is not the path: beside each such field of the object, x, there is
// a field x_base64 with the bytes. No reader has to know it, and no string is one that
// some readers refuse, as halves of surrogate pairs would be.
func (c *command) printJSON(v any) error {
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	if err == nil {
		text := escapeUnprintable(bytes.TrimSuffix(line.Bytes(), []byte("\n")))
		if bytes.Contains(text, []byte(`\ufffd`)) { // as the encoder writes bytes that it replaced
			text, err = addBytes(text, reflect.Indirect(reflect.ValueOf(v)))
		}
		if err == nil {
			_, err = c.stdout.Write(append(text, '\n'))
		}
	}
	if err != nil {
		return stdoutError(err)
	}
	return nil
}

// addBytes appends to an object of JSON, made of a struct, the fields for the strings
// that are no UTF-8.
func addBytes(object []byte, v reflect.Value) ([]byte, error) {
	if v.Kind() != reflect.Struct {
		return object, nil
	}
	object = bytes.TrimSuffix(object, []byte("}"))
	for i := range v.NumField() {
		field := v.Field(i)
		if field.Kind() != reflect.String || utf8.ValidString(field.String()) {
			continue
		}
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
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
