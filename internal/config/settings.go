package config

import "fmt"

// Settings are the values of a configuration that was written, by the keys that lead to them,
// with dots between, in the order of the file. Lists are one value with commas.
func Settings(file string, text []byte) (keys, values []string, err error) {
	n, err := parse(Place{File: file}, text)
	if err != nil {
		return nil, nil, err
	}
	if n.kind != table {
		return nil, nil, fmt.Errorf("%s is no table of settings", file)
	}
	n.leaves("", func(key, value string) { keys, values = append(keys, key), append(values, value) })
	return keys, values, nil
}

// leaves calls use for every value below a table.
func (n *node) leaves(prefix string, use func(key, value string)) {
	for _, k := range n.keys {
		if k.value.kind == table {
			k.value.leaves(prefix+k.name+".", use)
		} else {
			use(prefix+k.name, label(k.value))
		}
	}
}
