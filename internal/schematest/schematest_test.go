package schematest

import (
	"encoding/json"
	"testing"
)

// Every keyword takes what it should and finds what breaks it.
func TestKeywords(t *testing.T) {
	for schema, values := range map[string][2]string{
		`{"type": "integer"}`:                       {`3`, `3.5`},
		`{"type": ["string", "null"]}`:              {`null`, `true`},
		`{"enum": [1, "a"]}`:                        {`"a"`, `2`},
		`{"const": "a"}`:                            {`"a"`, `"b"`},
		`{"pattern": "^a"}`:                         {`"ab"`, `"b"`},
		`{"minimum": 0}`:                            {`0`, `-1`},
		`{"minProperties": 1}`:                      {`{"a": 1}`, `{}`},
		`{"maxProperties": 1}`:                      {`{"a": 1}`, `{"a": 1, "b": 2}`},
		`{"minItems": 1}`:                           {`[1]`, `[]`},
		`{"required": ["a"]}`:                       {`{"a": null}`, `{"b": 1}`},
		`{"items": {"type": "string"}}`:             {`["a"]`, `["a", 1]`},
		`{"properties": {"a": {"type": "string"}}}`: {`{"b": 1}`, `{"a": 1}`},
		`{"properties": {"a": {}}, "additionalProperties": false}`: {`{"a": 1}`, `{"b": 1}`},
		`{"additionalProperties": {"type": "string"}}`:             {`{"a": "b"}`, `{"a": 1}`},
		`{"allOf": [{"minimum": 1}, {"minimum": 3}]}`:              {`3`, `2`},
		`{"anyOf": [{"type": "string"}, {"minimum": 3}]}`:          {`"a"`, `2`},
		`{"if": {"type": "string"}, "then": {"const": "a"}}`:       {`1`, `"b"`},
		`{"if": {"type": "string"}, "else": {"const": 1}}`:         {`"a"`, `2`},
		`{"$ref": "#/$defs/one", "$defs": {"one": {"const": 1}}}`:  {`1`, `2`},
	} {
		c := &Checker{T: t}
		if err := json.Unmarshal([]byte(schema), &c.Root); err != nil {
			t.Fatal(err)
		}
		for i, text := range values {
			var value any
			if err := json.Unmarshal([]byte(text), &value); err != nil {
				t.Fatal(err)
			}
			if why := c.Wrong(c.Root, value, ""); (why == "") != (i == 0) {
				t.Errorf("%s of %s: %q", text, schema, why)
			}
		}
	}
}
