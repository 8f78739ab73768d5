package train

import (
	"fmt"
	"math"

	"github.com/entrain-dev/entrain/data"
	"github.com/entrain-dev/entrain/field"
	"github.com/entrain-dev/entrain/model"
)

// unlikeFrom is how many deviations a feature lies from those of the training recordings before a
// recording is unlike all of them: by Chebyshev's inequality fewer than 1 in 36 do.
const unlikeFrom = 6

// Unlike says what of a recording, whose columns are inputs, is unlike all that a classifier was
// trained on, the feature farthest off: "mean of x, 12 deviations off". "": nothing, or the model has
// no features to tell it by.
func Unlike(m *model.Model, s *data.Series) string {
	c, ok := m.Arch.(*field.Classifier)
	if !ok || c.Typical == nil || len(c.Typical) != 2*field.Features*len(s.Inputs) {
		return ""
	}
	most, text := float64(unlikeFrom), ""
	for at := range len(c.Typical) / 2 {
		v := summaryOf(s, at/field.Features)[at%field.Features]
		if z := math.Abs(v-c.Typical[2*at]) / c.Typical[2*at+1]; z > most {
			most = z
			text = fmt.Sprintf("%s of %s, %.0f deviations off", [...]string{"mean", "deviation", "trend"}[at%field.Features], s.Inputs[at/field.Features], z)
		}
	}
	return text
}
