package field

import "github.com/entrain-dev/entrain/internal/registry"

// Architectures are the models that can be named in a configuration.
var Architectures = registry.New[Architecture]("model")
