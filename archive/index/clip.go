package index

// What packages say of themselves may be of any length. A record that could not be read again would stop every later run,
// so that texts in one are bounded, in bytes, and the warnings of an entry in number.
const (
	maxText     = 4096
	maxWarnings = 50
)

// Warn adds a warning to an entry, unless it has enough of them.
func (e *Entry) Warn(text string) {
	switch n := len(e.Warnings); {
	case n < maxWarnings:
		e.Warnings = append(e.Warnings, text)
	case n == maxWarnings:
		e.Warnings = append(e.Warnings, "there are more warnings")
	}
}

func (p *Package) clip() {
	clip(&p.Name, &p.Version, &p.Architecture, &p.Maintainer, &p.Distribution, &p.Encoder, &p.Error)
}

func (e *Entry) clip() {
	clip(&e.Path, &e.Module, &e.Release, &e.BuildID, &e.Error, &e.Why)
	for i := range e.Warnings {
		clip(&e.Warnings[i])
	}
	if e.Own != nil {
		clip(&e.Own.Why)
	}
}

// clip cuts texts that are too long.
func clip(texts ...*string) {
	for _, text := range texts {
		if len(*text) > maxText {
			*text = (*text)[:maxText] + "..."
		}
	}
}
