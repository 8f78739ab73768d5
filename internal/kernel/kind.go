package kernel

// Kind is an elementary function applied value by value.
type Kind uint8

// The elementary functions. In the formulas s is the logistic function and Φ the normal distribution function.
const (
	Tanh     Kind = iota
	Sigmoid       // s(x) = 1/(1+exp(-x))
	GELU          // x Φ(x), exact, not the tanh approximation (Hendrycks, Gimpel, arXiv:1606.08415)
	Erf           // 2/√π ∫₀ˣ exp(-t²) dt
	Softplus      // log(1+exp(x))
	SiLU          // x s(x)
	Sin
	Cos
	Exp
	Log        // natural; NaN below zero
	Reciprocal // 1/x
	Sqrt
	Square
	ReLU          // max(x, 0); derivative 0 at 0
	Abs           // derivative 0 at 0
	kindCount int = iota
)

var kindNames = [kindCount]string{
	"tanh", "sigmoid", "gelu", "erf", "softplus", "silu", "sin", "cos", "exp", "log",
	"reciprocal", "sqrt", "square", "relu", "abs",
}

// String returns the function's name in formulas and model files, as KindByName reads it.
func (k Kind) String() string {
	if int(k) >= kindCount {
		return "unknown"
	}
	return kindNames[k]
}

// MaxOrder returns the highest order of derivative that Act computes for k; ActPair goes one lower.
func (k Kind) MaxOrder() int { return 4 }

// KindByName returns the kind with a name as given by String; ok is false if there is none.
func KindByName(name string) (k Kind, ok bool) {
	for i, s := range kindNames {
		if s == name {
			return Kind(i), true
		}
	}
	return 0, false
}

// Kinds returns all kinds in the order of their constants.
func Kinds() []Kind {
	ks := make([]Kind, kindCount)
	for i := range ks {
		ks[i] = Kind(i)
	}
	return ks
}
