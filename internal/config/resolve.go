package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/internal/registry"
	"github.com/entrain-dev/entrain/train"
)

// choose settles which model and which method the layers ask for, the last
// one winning, and takes their defaults. Equations name their model by being
// there; a named method alone means the plain network.
func (c *Config) choose(d *decoder, layers []*node) {
	var model, method *node
	embedded := false
	for _, n := range layers {
		if v := n.look("embed"); v != nil {
			embedded = v.text != ""
		}
		if v := name(n.look("model")); v != nil {
			model = v
		}
		if v := name(n.look("method")); v != nil {
			method = v
		}
	}
	if model == nil {
		model = modelOfLabels(layers)
	}
	var at Place
	switch {
	case method != nil:
		c.MethodName, at = method.text, method.at
	case model != nil && slices.Contains([]string{encoderModel, latentModel, labelModel}, model.text):
		c.MethodName = encoderMethod // what else would train them?
	case model == nil && embedded:
		c.MethodName = embedMethod
	}
	c.Method = lookup(d, train.Methods, c.MethodName, at)
	at = Place{}
	switch {
	case model != nil:
		c.ModelName, at = model.text, model.at
		d.places["model"] = at
	case slices.ContainsFunc(layers, func(n *node) bool { return n.look("equations") != nil }):
		c.ModelName = "equations"
	case c.MethodName != autoMethod && !strings.HasPrefix(c.MethodName, autoMethod+","):
		c.ModelName = plainModel
	}
	c.Model = lookup(d, field.Architectures, c.ModelName, at)
}

// modelOfLabels is the model of someone who names the column of labels; nil of others.
func modelOfLabels(layers []*node) (model *node) {
	for _, n := range layers {
		if v := n.look("label"); v != nil {
			model = &node{kind: scalar, at: v.at, text: labelModel}
		}
	}
	return model
}

// useless refuses a path of a method that has none, and notes a model that the
// method does not use.
func (c *Config) useless(d *decoder) {
	if len(c.Targets) > 0 && len(c.States) > 0 {
		d.fail(d.places["targets"], "targets= and states= both name the measured columns; leave one of them away")
	}
	if _, err := data.ParseEmbedding(c.Embed); err != nil && c.Embed != "" && c.Embed != AutoEmbed {
		d.fail(d.places["embed"], "%v", err)
	}
	if c.Model == nil || c.Method == nil {
		return
	}
	if c.Monitor > 0 && !train.TraitsOf(c.Method).Modes {
		d.fail(d.places["monitor"], "monitor=%d: method=%s does not look at the modes of its field; leave it away, or choose another method", c.Monitor, c.MethodName)
	}
	if c.Path > 0 && !train.TraitsOf(c.Method).Path {
		d.fail(d.places["path"], "path=%d: method=%s follows no single path that could be recorded; leave it away, or choose another method", c.Path, c.MethodName)
	}
	if !train.TraitsOf(c.Method).OwnModel {
		return
	}
	common := common() // such as time, which is a column here
	among := slices.DeleteFunc(names(entries(reflect.ValueOf(c.Model))), func(key string) bool { return slices.Contains(common, key) })
	among = append(among, "model")
	for _, path := range slices.Sorted(maps.Keys(d.places)) {
		if key, _, _ := strings.Cut(path, "."); slices.Contains(among, key) {
			c.notes = append(c.notes, wrong(d.places[path], "the model is not used: method=%s finds equations of its own", c.MethodName).Error())
			return
		}
	}
}

// twofold refuses two ways at once to make states of columns.
func (c *Config) twofold(d *decoder) {
	if c.Components != 0 && c.Label != "" {
		d.fail(d.places["components"], "components=%d, label=%s: a classifier is driven by the columns themselves; leave components out, and columns that tell nothing with ignore=", c.Components, c.Label)
	}
	if c.Components != 0 && c.Embed != "" {
		d.fail(d.places["components"], "components=%d, embed=%s: states are components of many columns or delays of one; leave one of them out", c.Components, c.Embed)
	}
}

// name is the scalar that names a section: model: mlp, or model: {name: mlp}.
func name(n *node) *node {
	if n != nil && n.kind == table {
		n = n.look("name")
	}
	if n == nil || n.kind != scalar {
		return nil
	}
	return n
}

func lookup[T any](d *decoder, r *registry.Registry[T], name string, at Place) T {
	v, err := r.Lookup(name)
	if err != nil {
		d.fail(at, "%v (entrain list %ss shows them)", err, r.Kind())
	}
	return v
}

// apply decodes one layer.
func (c *Config) apply(d *decoder, n *node) {
	own := append(entries(reflect.ValueOf(&c.Input)), entries(reflect.ValueOf(&c.Settings))...)
	model, method := entries(reflect.ValueOf(c.Model)), entries(reflect.ValueOf(c.Method))
	solver := entries(reflect.ValueOf(&c.Solver))
	for _, k := range n.keys {
		inModel, isModel := find(model, k.name)
		inMethod, isMethod := find(method, k.name)
		v, isOwn := find(own, k.name)
		switch {
		case replaced(k, c.ModelName, c.MethodName): // a later layer names another one
		case k.name == "model":
			c.section(d, k.value, "model", c.ModelName, model)
		case k.name == "method":
			c.section(d, k.value, "method", c.MethodName, method)
		case isOwn && !(isModel && k.value.kind == table && v.Kind() != reflect.Struct):
			d.value(v, k.value, k.name)
		case isModel && isMethod:
			d.fail(k.at, "%q belongs to the model %s and to the method %s; write model.%s or method.%s",
				k.name, c.ModelName, c.MethodName, k.name, k.name)
		case isModel:
			d.value(inModel, k.value, k.name)
		case isMethod:
			d.value(inMethod, k.value, k.name)
		default:
			if v, ok := find(solver, k.name); ok { // rtol= is short for solver.rtol=
				d.value(v, k.value, "solver."+k.name)
				continue
			}
			c.unknown(d, k, own, model, method)
		}
	}
}

// replaced tells a section that names another model or method than the chosen
// one: its keys mean nothing to that.
func replaced(k key, model, method string) bool {
	v := name(k.value)
	return v != nil && (k.name == "model" && v.text != model || k.name == "method" && v.text != method)
}

func (c *Config) section(d *decoder, n *node, what, chosen string, fields []entry) {
	if n.kind == list {
		d.fail(n.at, "%s is a name or a table of keys; it cannot be %s", what, n.kind)
	}
	for _, k := range n.keys {
		if k.name == "name" {
			continue
		}
		v, ok := find(fields, k.name)
		if !ok {
			d.fail(k.at, "unknown key %q of the %s %s%s", k.name, what, chosen, d.hint(k.name, names(fields)))
			continue
		}
		d.value(v, k.value, what+"."+k.name)
	}
}

// unknown reports a key that means nothing here, and what may have been meant.
func (c *Config) unknown(d *decoder, k key, own, model, method []entry) {
	if d.crowded() {
		d.fail(k.at, "unknown key %q", k.name)
		return
	}
	if owner := elsewhere(k.name); owner != "" {
		d.fail(k.at, "%q is a setting of %s; this fit uses model=%s and method=%s", k.name, owner, c.ModelName, c.MethodName)
		return
	}
	c.stray(d, k, slices.Concat([]string{"model", "method"}, names(own), names(model), names(method)))
}

// strange reports the keys of a layer that no model or method has, when it is
// not known which of them are meant.
func (c *Config) strange(d *decoder, n *node) {
	among := common()
	for _, k := range n.keys {
		if d.crowded() {
			return
		}
		if !slices.Contains(among, k.name) && elsewhere(k.name) == "" {
			c.stray(d, k, among)
		}
	}
}

// common are the keys that need no model and no method to have a meaning.
func common() []string {
	c := newDefaults()
	own := append(entries(reflect.ValueOf(&c.Input)), entries(reflect.ValueOf(&c.Settings))...)
	own = append(own, entries(reflect.ValueOf(&c.Solver))...)
	return append([]string{"model", "method"}, names(own)...)
}

// stray reports a key that is not among those that exist.
func (c *Config) stray(d *decoder, k key, among []string) {
	if s, ok := registry.Suggest(k.name, among); ok {
		d.fail(k.at, "unknown key %q; did you mean %q?", k.name, s)
		return
	}
	d.fail(k.at, "unknown key %q; the keys are %s", k.name, strings.Join(among, ", "))
}

// elsewhere names the models and methods that do have a key.
func elsewhere(key string) string {
	var owners []string
	owners = append(owners, having(field.Architectures, key)...)
	owners = append(owners, having(train.Methods, key)...)
	return strings.Join(owners, ", ")
}

func having[T any](r *registry.Registry[T], key string) []string {
	var out []string
	for _, name := range r.Names() {
		v, err := r.Lookup(name)
		if err != nil {
			continue
		}
		if _, ok := find(entries(reflect.ValueOf(v)), key); ok {
			out = append(out, r.Kind()+" "+name)
		}
	}
	return out
}
