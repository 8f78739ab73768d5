package cli

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/entrain-dev/entrain/internal/schematest"
)

// openAPI holds answers to the description that the server gives of itself.
type openAPI struct {
	*schematest.Checker
}

func newOpenAPI(t *testing.T, v *served) *openAPI {
	t.Helper()
	status, text := v.ask("GET", "/api/v1/openapi.json", nil)
	o := &openAPI{&schematest.Checker{T: t}}
	if err := json.Unmarshal(text, &o.Root); err != nil || status != 200 || o.Root["openapi"] != "3.1.0" {
		t.Fatalf("%d %v", status, err)
	}
	return o
}

// operation is what the description says of a request; nil if nothing.
func (o *openAPI) operation(method, path string) map[string]any {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	for pattern, item := range o.Root["paths"].(map[string]any) {
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
	o.T.Helper()
	op := o.operation(method, path)
	if op == nil {
		o.T.Fatalf("%s %s is not described", method, path)
	}
	responses := op["responses"].(map[string]any)
	r, ok := responses[strconv.Itoa(status)].(map[string]any)
	if !ok {
		if r, ok = responses["default"].(map[string]any); !ok || status < 400 {
			o.T.Fatalf("%s %s: the status %d is not described", method, path, status)
		}
	}
	body, ok := r["content"].(map[string]any)["application/json"].(map[string]any)
	if !ok || body["schema"] == nil {
		return
	}
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		o.T.Fatalf("%s %s: %v\n%s", method, path, err, text)
	}
	if why := o.Wrong(body["schema"], value, ""); why != "" {
		o.T.Errorf("%s %s: %s\n%.600s", method, path, why, text)
	}
}
