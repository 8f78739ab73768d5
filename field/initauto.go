package field

import "errors"

// ChosenInit is the name of the start that training chooses by trying others.
const ChosenInit = "auto"

type chosenStart struct{}

// Draw implements Initialiser.
func (chosenStart) Draw(*Drawing) error {
	return errors.New("it is for a training method, which tries several starts on pieces of its rows; name one of them here")
}

func init() {
	Initialisers.Register(ChosenInit, "several of these tried for a few steps on pieces of the rows; it says what it took", func() Initialiser { return chosenStart{} })
}
