// Package schematest says what a value breaks of a JSON Schema, for tests of the schemas
// that Entrain publishes: that of configurations and those of the answers of its server. It
// knows the keywords which these use, and says so when it meets another.
package schematest

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Checker knows a document, as encoding/json reads it into any, to which $ref refers.
type Checker struct {
	T    testing.TB
	Root map[string]any
}

// Wrong is the first thing found that a value breaks of a schema, beginning with where in the
// value that is, of which at is the name; "" if there is nothing. A schema or value is what
// encoding/json makes of one.
func (c *Checker) Wrong(schema, value any, at string) string {
	s := schema.(map[string]any)
	for key, want := range s {
		if why := c.keyword(s, key, want, value, at); why != "" {
			return why
		}
	}
	return ""
}

func (c *Checker) keyword(s map[string]any, key string, want, value any, at string) string {
	object, isObject := value.(map[string]any)
	list, isList := value.([]any)
	text, isText := value.(string)
	number, isNumber := value.(float64)
	switch key {
	case "description", "default", "title", "$schema", "$defs", "then", "else":
		return ""
	case "$ref":
		return c.Wrong(c.definition(want.(string)), value, at)
	case "if":
		return c.branch(s, want, value, at)
	case "anyOf":
		return c.any(want.([]any), value, at)
	case "allOf":
		return c.all(want.([]any), value, at)
	case "type":
		return must(isOneOf(want, value), "%s: %v is not of type %v", at, value, want)
	case "enum":
		return must(slices.ContainsFunc(want.([]any), func(one any) bool { return reflect.DeepEqual(one, value) }), "%s: %v is not among %v", at, value, want)
	case "const":
		return must(reflect.DeepEqual(want, value), "%s: %v is not %v", at, value, want)
	case "pattern":
		return must(!isText || regexp.MustCompile(want.(string)).MatchString(text), "%s: %q does not match", at, text)
	case "minimum":
		return must(!isNumber || number >= want.(float64), "%s: %v is too small", at, value)
	case "minProperties":
		return must(!isObject || float64(len(object)) >= want.(float64), "%s: too few keys", at)
	case "maxProperties":
		return must(!isObject || float64(len(object)) <= want.(float64), "%s: too many keys", at)
	case "minItems":
		return must(!isList || float64(len(list)) >= want.(float64), "%s: too few items", at)
	case "required":
		return must(!isObject || lacking(object, want.([]any)) == "", "%s: lacks %v", at, lacking(object, want.([]any)))
	case "items":
		return c.items(want, list, at)
	case "properties":
		return c.properties(want.(map[string]any), object, at)
	case "additionalProperties":
		return c.others(s, want, object, at)
	}
	c.T.Fatalf("the schema uses %q, which this checker does not know", key)
	return ""
}

// must is a sentence unless all is well.
func must(well bool, format string, args ...any) string {
	if well {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

// definition is what a reference within the document names.
func (c *Checker) definition(ref string) any {
	at := any(c.Root)
	for _, name := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		object, _ := at.(map[string]any)
		if at = object[name]; at == nil {
			c.T.Fatalf("the schema refers to %s, which is not there", ref)
		}
	}
	return at
}

// branch is that of an "if".
func (c *Checker) branch(s map[string]any, condition, value any, at string) string {
	way := "else"
	if c.Wrong(condition, value, at) == "" {
		way = "then"
	}
	if s[way] == nil {
		return ""
	}
	return c.Wrong(s[way], value, at)
}

// any is what is wrong by the alternative that went furthest into the value: that was meant.
func (c *Checker) any(alternatives []any, value any, at string) string {
	why := ""
	for _, one := range alternatives {
		w := c.Wrong(one, value, at)
		if w == "" {
			return ""
		}
		place, _, _ := strings.Cut(w, ": ")
		best, _, _ := strings.Cut(why, ": ")
		if why == "" || strings.Count(place, ".") >= strings.Count(best, ".") {
			why = w
		}
	}
	return why
}

func (c *Checker) all(schemas []any, value any, at string) string {
	for _, one := range schemas {
		if w := c.Wrong(one, value, at); w != "" {
			return w
		}
	}
	return ""
}

// lacking is a name that an object does not have.
func lacking(object map[string]any, names []any) string {
	for _, name := range names {
		if _, ok := object[name.(string)]; !ok {
			return name.(string)
		}
	}
	return ""
}

func (c *Checker) items(schema any, list []any, at string) string {
	for i, item := range list {
		if w := c.Wrong(schema, item, fmt.Sprintf("%s[%d]", at, i)); w != "" {
			return w
		}
	}
	return ""
}

func (c *Checker) properties(schemas, object map[string]any, at string) string {
	for name, schema := range schemas {
		if inner, ok := object[name]; ok {
			if w := c.Wrong(schema, inner, at+"."+name); w != "" {
				return w
			}
		}
	}
	return ""
}

// others are the keys that "properties" does not name; rule is a schema, or whether there may
// be any.
func (c *Checker) others(s map[string]any, rule any, object map[string]any, at string) string {
	known, _ := s["properties"].(map[string]any)
	for name, inner := range object {
		if known[name] != nil || rule == true {
			continue
		}
		if rule == false {
			return fmt.Sprintf("%s: unknown key %q", at, name)
		}
		if w := c.Wrong(rule, inner, at+"."+name); w != "" {
			return w
		}
	}
	return ""
}

// isOneOf tells whether a value is of the type that is named, or of one of several.
func isOneOf(kinds, value any) bool {
	many, ok := kinds.([]any)
	if !ok {
		many = []any{kinds}
	}
	return slices.ContainsFunc(many, func(k any) bool { return isType(k.(string), value) })
}

func isType(kind string, value any) bool {
	switch value := value.(type) {
	case nil:
		return kind == "null"
	case bool:
		return kind == "boolean"
	case string:
		return kind == "string"
	case float64:
		return kind == "number" || kind == "integer" && value == math.Trunc(value)
	case []any:
		return kind == "array"
	}
	return kind == "object"
}
