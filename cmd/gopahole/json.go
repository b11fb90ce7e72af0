package main

import (
	"encoding/json"
	"fmt"
)

// jsonSchema is the version of what --json prints, the first field of every
// object. It changes when a field changes its meaning or goes away.
const jsonSchema = 1

// printJSON prints v on one line, whether other lines follow or not.
func (c *command) printJSON(v any) error {
	e := json.NewEncoder(c.stdout)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("standard output: %w", err)
	}
	return nil
}
