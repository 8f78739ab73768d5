package cli

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
)

// finiteJSON is a value as JSON in which numbers that do not exist (NaN, infinities)
// are null. Structs keep the order and the names of their fields.
func finiteJSON(v any) json.RawMessage {
	var b bytes.Buffer
	writeFinite(&b, reflect.ValueOf(v))
	return b.Bytes()
}

func writeFinite(b *bytes.Buffer, v reflect.Value) {
	switch v.Kind() {
	case reflect.Float64, reflect.Float32:
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			b.WriteString("null")
			return
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			writeFinite(b, v.Elem())
			return
		}
	case reflect.Slice, reflect.Array:
		b.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				b.WriteByte(',')
			}
			writeFinite(b, v.Index(i))
		}
		b.WriteByte(']')
		return
	case reflect.Struct:
		b.WriteByte('{')
		writeFields(b, v, true)
		b.WriteByte('}')
		return
	}
	if !v.IsValid() {
		b.WriteString("null")
		return
	}
	text, err := json.Marshal(v.Interface())
	if err != nil { // what is neither number nor list of them is plain
		text, _ = json.Marshal(err.Error())
	}
	b.Write(text)
}

// writeFields writes the fields of a struct, those of structs inside it without a
// name as its own.
func writeFields(b *bytes.Buffer, v reflect.Value, first bool) bool {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case !f.IsExported() && !f.Anonymous || name == "-" || options == "omitempty" && v.Field(i).IsZero():
			continue
		case f.Anonymous && name == "":
			first = writeFields(b, reflect.Indirect(v.Field(i)), first)
			continue
		case name == "":
			name = f.Name
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		key, _ := json.Marshal(name)
		b.Write(key)
		b.WriteByte(':')
		writeFinite(b, v.Field(i))
	}
	return first
}
