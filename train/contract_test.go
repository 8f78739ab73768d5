package train_test

import (
	"testing"

	"github.com/entrain-dev/entrain/train"
	"github.com/entrain-dev/entrain/train/traintest"
)

func TestEveryRegisteredMethodKeepsTheContract(t *testing.T) {
	for _, name := range train.Methods.Names() {
		t.Run(name, func(t *testing.T) {
			traintest.Run(t, name)
			if train.Methods.Doc(name) == "" {
				t.Error("no description")
			}
		})
	}
}
