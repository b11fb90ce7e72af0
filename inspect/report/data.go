package report

import (
	"encoding/json"

	"github.com/gopahole/gopahole/internal/quote"
)

// data is what the scripts read, as JSON in which < > and & are escapes.
func (p *Page) data() ([]byte, error) {
	type leaf [3]any // path, bytes, types
	type view struct {
		ID     string `json:"id"`
		Title  string `json:"title"`
		Leaves []leaf `json:"leaves"`
	}
	all := struct {
		Sizes   []view      `json:"sizes"`
		Structs *structData `json:"structs,omitempty"`
		Command string      `json:"command,omitempty"`
	}{Sizes: []view{}}
	for _, s := range p.Sizes {
		v := view{ID: s.ID, Title: s.Title, Leaves: []leaf{}}
		for _, l := range s.Leaves {
			v.Leaves = append(v.Leaves, leaf{l.Path, l.Bytes, l.Types})
		}
		all.Sizes = append(all.Sizes, v)
	}
	if p.Structs != nil {
		all.Structs, all.Command = &p.Structs.data, quote.Line(p.Structs.Command)
	}
	return json.Marshal(all)
}
