package report

import "strconv"

// view returns the values of a page for its template. Lists that a section has something
// around have a name of their own for whether there is one.
func (p *Page) view() view {
	v := view{
		"title": p.Title, "generator": p.Generator,
		"factual": p.Facts != nil, "noted": p.Notes != nil, "sized": p.Sizes != nil,
		"relocation": false, "skipped": false, "structs": false,
	}
	var facts, sizes []view
	for _, f := range p.Facts {
		facts = append(facts, view{"name": f.Name, "value": f.Value, "long": len(f.Value) > longFact})
	}
	for _, s := range p.Sizes {
		sizes = append(sizes, s.view())
	}
	v["facts"], v["notes"], v["sizes"] = facts, texts("text", p.Notes), sizes
	if p.Relocation != nil {
		v["relocation"] = p.Relocation.view()
	}
	if p.Skipped != nil {
		v["skipped"] = p.Skipped.view()
	}
	if p.Structs != nil {
		v["structs"] = p.Structs.view()
	}
	return v
}

// longFact is how long a value is, in bytes, that takes more room.
const longFact = 16

// texts are views with one value.
func texts(name string, values []string) (views []view) {
	for _, value := range values {
		views = append(views, view{name: value})
	}
	return views
}

// some is a number, "" for none, which leaves a section out.
func some(n int) string {
	if n == 0 {
		return ""
	}
	return Count(n)
}

// fewModules is how many rows a browser with scripts shows at first: it takes seconds for
// thousands.
const fewModules = 200

func (r *Relocation) view() view {
	var kernels, rows []view
	for i, k := range r.Kernels {
		var tallies []view
		from := 0
		for _, t := range r.Tallies(i) {
			tallies = append(tallies, view{
				"class": string(t.Class), "word": t.Word, "from": strconv.Itoa(from), "width": strconv.Itoa(t.Modules), "count": Count(t.Modules),
			})
			from += t.Modules
		}
		kernels = append(kernels, view{"label": k.Label, "name": k.Name, "rules": k.Rules, "tallies": tallies, "modules": strconv.Itoa(len(r.Modules))})
	}
	for i, m := range r.Modules {
		row := m.view(r.Kernels)
		row["later"] = i >= fewModules
		rows = append(rows, row)
	}
	return view{
		"modules": Count(len(r.Modules)), "left": some(r.Left), "command": r.Command, "kernels": kernels, "rows": rows,
		"good": Count(r.ByClass(Good)), "bad": Count(r.ByClass(Bad)), "unknown": Count(r.ByClass(Unknown)),
	}
}

func (m *Module) view(kernels []Kernel) view {
	var verdicts, reasons []view
	for i, v := range m.Verdicts {
		verdicts = append(verdicts, view{"label": kernels[i].Label, "class": string(v.Class), "word": v.Word})
	}
	for _, r := range m.Reasons {
		var on []view
		for _, k := range r.Kernels {
			on = append(on, view{"label": kernels[k].Label})
		}
		reasons = append(reasons, view{"on": on, "text": r.Text, "detailed": r.Details != nil, "details": texts("text", r.Details)})
	}
	return view{"name": m.Name, "class": string(m.Class()), "short": m.Short(), "verdicts": verdicts, "reasons": reasons}
}

func (s *Sizes) view() view {
	var rows []view
	for _, r := range s.Rows {
		rows = append(rows, view{
			"name": r.Name, "bytes": Count(r.Bytes), "percent": percent(r.Bytes, s.Total.Bytes), "width": percent(r.Bytes, s.Rows[0].Bytes), "types": some(r.Types),
		})
	}
	return view{
		"id": s.ID, "by": s.Title, "note": s.Note, "noun": s.Noun, "count": Count(len(s.Rows)), "total": Bytes(s.Total.Bytes), "rows": rows,
	}
}

func (s *Skipped) view() view {
	var groups []view
	for _, g := range s.Groups {
		groups = append(groups, view{
			"count": Count(g.Count), "words": g.Words, "width": percent(g.Count, s.Functions), "why": g.Why, "cure": g.Cure, "names": texts("name", g.Names),
		})
	}
	return view{"functions": Count(s.Functions), "left": some(s.Left), "command": s.Command, "groups": groups}
}

func (s *Structs) view() view {
	v := view{
		"named": Count(s.Named), "withHoles": Count(s.WithHoles), "holes": bitText(s.HoleBits), "padding": bitText(s.PaddingBits),
		"bare": some(s.Bare), "left": some(s.Left), "command": s.Command, "wasted": false,
	}
	if s.Wasteful == nil {
		return v
	}
	var rows []view
	for _, w := range s.Wasteful {
		rows = append(rows, view{
			"name": w.Name, "size": Count(w.Size), "members": Count(w.Members), "holes": Count(w.Holes), "lost": bitText(w.Wasted),
		})
	}
	v["wasted"] = view{"count": Count(len(rows)), "rows": rows}
	return v
}
