package setup

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// A condition of Kconfig, as in "depends on !DEBUG_INFO_SPLIT && (A || PAHOLE_VERSION >= 116)": symbols, numbers,
// comparisons, "!", "&&", "||" and parentheses (Documentation/kbuild/kconfig-language.rst).

// errCondition says that a text is no condition that is known.
var errCondition = errors.New("a condition of Kconfig that is not understood")

// holds evaluates a condition. A symbol that config does not have is off. What Kconfig calls m counts as y.
func holds(condition string, config map[string]string) (bool, error) {
	p := &parser{rest: tokens(condition), config: config}
	value := p.or()
	if p.failed || len(p.rest) > 0 {
		return false, fmt.Errorf("%w: %q", errCondition, condition)
	}
	return value, nil
}

// maxDepth bounds how deep parentheses and negations go.
const maxDepth = 100

type parser struct {
	rest   []string
	config map[string]string
	depth  int
	failed bool
}

func (p *parser) next() string {
	if len(p.rest) == 0 {
		p.failed = true
		return ""
	}
	token := p.rest[0]
	p.rest = p.rest[1:]
	return token
}

func (p *parser) accept(token string) bool {
	if len(p.rest) == 0 || p.rest[0] != token {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *parser) or() bool {
	value := p.and()
	for p.accept("||") {
		right := p.and()
		value = value || right
	}
	return value
}

func (p *parser) and() bool {
	value := p.not()
	for p.accept("&&") {
		right := p.not()
		value = value && right
	}
	return value
}

func (p *parser) not() bool {
	if p.depth++; p.depth > maxDepth {
		p.failed = true
		return false
	}
	defer func() { p.depth-- }()
	switch {
	case p.failed:
		return false
	case p.accept("!"):
		return !p.not()
	case p.accept("("):
		value := p.or()
		p.failed = p.failed || !p.accept(")")
		return value
	}
	left := p.next()
	for _, op := range []string{"=", "!=", "<=", ">=", "<", ">"} {
		if p.accept(op) {
			return p.compare(p.value(left), op, p.value(p.next()))
		}
	}
	value := p.value(left)
	return value == "y" || value == "m"
}

// value is that of a symbol or a literal.
func (p *parser) value(token string) string {
	switch {
	case token == "" || strings.ContainsAny(token, "()!&|=<>"):
		p.failed = true
		return ""
	case token[0] == '"' || token[0] == '\'' || isNumber(token) || token == "y" || token == "m" || token == "n":
		return strings.Trim(token, `"'`)
	}
	if strings.ContainsFunc(token, func(r rune) bool {
		return r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	}) {
		p.failed = true
		return ""
	}
	if value, ok := p.config[token]; ok {
		return value
	}
	return "n"
}

func (p *parser) compare(left, op, right string) bool {
	switch op {
	case "=":
		return left == right
	case "!=":
		return left != right
	}
	a, errA := strconv.ParseInt(left, 0, 64)
	b, errB := strconv.ParseInt(right, 0, 64)
	if errA != nil || errB != nil {
		return false // a symbol without a value is less than any number, and nothing is known of the others
	}
	switch op {
	case "<":
		return a < b
	case ">":
		return a > b
	case "<=":
		return a <= b
	}
	return a >= b
}

func isNumber(s string) bool {
	_, err := strconv.ParseInt(s, 0, 64)
	return err == nil
}

// tokens splits a condition.
func tokens(s string) []string {
	var all []string
	for s = strings.TrimSpace(s); s != ""; s = strings.TrimSpace(s) {
		n := 1
		switch {
		case strings.HasPrefix(s, "&&") || strings.HasPrefix(s, "||") || strings.HasPrefix(s, "!=") || strings.HasPrefix(s, "<=") || strings.HasPrefix(s, ">="):
			n = 2
		case strings.ContainsRune("()!=<>&|", rune(s[0])):
		case s[0] == '"' || s[0] == '\'':
			if end := strings.IndexByte(s[1:], s[0]); end >= 0 {
				n = end + 2
			} else {
				n = len(s)
			}
		default:
			if n = strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("()!=<>&|", r) }); n < 0 {
				n = len(s)
			}
		}
		all = append(all, s[:n])
		s = s[n:]
	}
	return all
}
