package cli

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// openAPI holds answers to the description that the server gives of itself.
type openAPI struct {
	t    *testing.T
	root map[string]any
}

func newOpenAPI(t *testing.T, v *served) *openAPI {
	t.Helper()
	status, text := v.ask("GET", "/api/v1/openapi.json", nil)
	o := &openAPI{t: t}
	if err := json.Unmarshal(text, &o.root); err != nil || status != 200 || o.root["openapi"] != "3.1.0" {
		t.Fatalf("%d %v", status, err)
	}
	return o
}

// operation is what the description says of a request; nil if nothing.
func (o *openAPI) operation(method, path string) map[string]any {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	for pattern, item := range o.root["paths"].(map[string]any) {
		want := strings.Split(pattern, "/")
		if len(want) != len(parts) {
			continue
		}
		same := true
		for i := range want {
			same = same && (want[i] == parts[i] || strings.HasPrefix(want[i], "{"))
		}
		if op, ok := item.(map[string]any)[strings.ToLower(method)].(map[string]any); ok && same {
			return op
		}
	}
	return nil
}

// check fails if an answer is not what is described.
func (o *openAPI) check(method, path string, status int, text []byte) {
	o.t.Helper()
	op := o.operation(method, path)
	if op == nil {
		o.t.Fatalf("%s %s is not described", method, path)
	}
	responses := op["responses"].(map[string]any)
	r, ok := responses[strconv.Itoa(status)].(map[string]any)
	if !ok {
		if r, ok = responses["default"].(map[string]any); !ok || status < 400 {
			o.t.Fatalf("%s %s: the status %d is not described", method, path, status)
		}
	}
	body, ok := r["content"].(map[string]any)["application/json"].(map[string]any)
	if !ok || body["schema"] == nil {
		return
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		o.t.Fatalf("%s %s: %v\n%s", method, path, err, text)
	}
	if why := o.wrong(body["schema"].(map[string]any), value, ""); why != "" {
		o.t.Errorf("%s %s: %s\n%.600s", method, path, why, text)
	}
}

// wrong is what a value breaks of a schema, "" if nothing.
func (o *openAPI) wrong(s map[string]any, value any, at string) string {
	for key, want := range s {
		switch key {
		case "$ref":
			name := strings.TrimPrefix(want.(string), "#/components/schemas/")
			return o.wrong(o.root["components"].(map[string]any)["schemas"].(map[string]any)[name].(map[string]any), value, at)
		case "type":
			kinds, many := want.([]any)
			if !many {
				kinds = []any{want}
			}
			if !slices.ContainsFunc(kinds, func(k any) bool { return ofType(k.(string), value) }) {
				return fmt.Sprintf("%s: %v is not of type %v", at, value, want)
			}
		case "enum":
			if !slices.ContainsFunc(want.([]any), func(one any) bool { return reflect.DeepEqual(one, value) }) {
				return fmt.Sprintf("%s: %v is not among %v", at, value, want)
			}
		case "const":
			if !reflect.DeepEqual(want, value) {
				return fmt.Sprintf("%s: %v is not %v", at, value, want)
			}
		case "required":
			for _, name := range want.([]any) {
				if _, ok := value.(map[string]any)[name.(string)]; !ok {
					return fmt.Sprintf("%s lacks %v", at, name)
				}
			}
		case "items":
			list, _ := value.([]any)
			for i, item := range list {
				if w := o.wrong(want.(map[string]any), item, fmt.Sprintf("%s[%d]", at, i)); w != "" {
					return w
				}
			}
		case "properties", "additionalProperties":
		default:
			o.t.Fatalf("the description uses %q, which is not checked", key)
		}
	}
	object, _ := value.(map[string]any)
	known, _ := s["properties"].(map[string]any)
	for name, inner := range object {
		rule, ok := known[name].(map[string]any)
		if !ok {
			if s["additionalProperties"] == false {
				return fmt.Sprintf("%s: %q is not described", at, name)
			}
			if rule, ok = s["additionalProperties"].(map[string]any); !ok {
				continue
			}
		}
		if w := o.wrong(rule, inner, at+"."+name); w != "" {
			return w
		}
	}
	return ""
}

func ofType(kind string, value any) bool {
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
