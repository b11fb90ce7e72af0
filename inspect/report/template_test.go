package report

import (
	"strings"
	"testing"
)

func TestTemplate(t *testing.T) {
	values := view{
		"a": "<a href='x'>&\"\x1b", "none": "", "yes": true, "no": false, "raw": "<b>",
		"list": []view{{"n": "1"}, {"n": "2", "a": "inner"}}, "empty": []view{}, "one": view{"n": "3"},
	}
	for text, want := range map[string]string{
		"":                                 "",
		"x {{a}} y":                        `x &lt;a href=&#39;x&#39;&gt;&amp;&#34;\x1b y`,
		"{{{raw}}}":                        "<b>",
		"{{#list}}{{n}}{{a}} {{/list}}":    `1&lt;a href=&#39;x&#39;&gt;&amp;&#34;\x1b 2inner `,
		"{{#one}}{{n}}{{/one}}":            "3",
		"{{#yes}}y{{/yes}}{{#no}}n{{/no}}": "y",
		"{{^yes}}y{{/yes}}{{^no}}n{{/no}}": "n",
		"{{#none}}x{{/none}}{{^none}}y{{/none}}{{#empty}}x{{/empty}}{{^empty}}y{{/empty}}": "yy",
		"{{#a}}x{{/a}}": "x",
	} {
		parsed, err := parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var out strings.Builder
		if err := parsed.write(&out, values); err != nil || out.String() != want {
			t.Errorf("%s: %s, want %s, error %v", text, out.String(), want, err)
		}
	}
	for _, text := range []string{"{{a", "{{{a}}", "{{#a}}", "{{/a}}", "{{#a}}{{/b}}", "{{#a}}{{#b}}{{/a}}{{/b}}", "{{/}}"} {
		if _, err := parse(text); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
	for _, text := range []string{"{{gone}}", "{{#gone}}{{/gone}}", "{{yes}}", "{{#list}}{{gone}}{{/list}}"} {
		parsed, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := parsed.write(new(strings.Builder), values); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}
