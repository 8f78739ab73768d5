package program

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestParseBindsAsInMathematics(t *testing.T) {
	for src, want := range map[string]string{
		"-x^2":             "-(x^2)",
		"2^3^2":            "2^(3^2)",
		"2^-x":             "2^(-x)",
		"a-b-c":            "(a-b)-c",
		"a/b/c":            "(a/b)/c",
		"a/b*c":            "(a/b)*c",
		"-a*b":             "(-a)*b",
		"a+b*c^d":          "a+(b*(c^d))",
		"+x - +y":          "x-y",
		"--x":              "-(-x)",
		"2·x − y×z":        "2*x-y*z",
		"f( x ,y)[1]^2":    "(f(x, y)[1])^2",
		" .5e-1*α_1 ":      "0.05*α_1",
		"((x))":            "x",
		"1e3+1E+3+2.":      "1000+1000+2",
		"pow(x, min(1,2))": "pow(x,min(1,2))",
	} {
		a, errA := ParseExpr(src)
		b, errB := ParseExpr(want)
		if errA != nil || errB != nil {
			t.Fatalf("%q: %v, %v", src, errA, errB)
		}
		if !a.Equal(b) {
			t.Errorf("%q means %v, want %v", src, a, b)
		}
	}
}

func TestSyntaxErrorsPointAndSuggest(t *testing.T) {
	for _, c := range []struct {
		src    string
		column int
		word   string
	}{
		{"", 1, "nothing"}, {"a + (b*c", 5, "never closed"}, {"a + b)", 6, "closes nothing"},
		{"a ** 2", 3, "use ^"}, {"a +", 4, "expected"}, {"a + * b", 5, "expected"},
		{"2x", 2, "write *"}, {"a b", 3, "write *"}, {"x²", 2, "^2"}, {"sin()", 1, "without arguments"},
		{"f(x)[y]", 5, "number of an output"}, {"f(x)[1", 5, "never closed"}, {"x[1]", 2, "call"},
		{"1,5", 2, "point"}, {"(1,5)", 3, "point"}, {"()", 1, "empty"}, {"a = b", 3, "no ="},
		{"αβ + $", 6, "meaning"}, {"1e999", 1, "too large"}, {"x'", 2, "left of ="}, {"(a b)", 4, "missing"},
		{strings.Repeat("(", 5000) + "x" + strings.Repeat(")", 5000), 251, "too deeply"},
		{strings.Repeat("-", 5000) + "x", 251, "too deeply"},
		{strings.Repeat("x", 1<<16), 1 << 15, "too long"},
	} {
		_, err := ParseExpr(c.src)
		var e *SyntaxError
		if !errors.As(err, &e) {
			t.Fatalf("%.20q: %v", c.src, err)
		}
		if e.Column != c.column || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%.20q: %v; want column %d, %q", c.src, err, c.column, c.word)
		}
	}
}

func TestLowerErrorsPointAndSuggest(t *testing.T) {
	for _, c := range []struct {
		src    string
		column int
		word   string
	}{
		{"1 + pray", 5, "did you mean prey?"}, {"sine(prey)", 1, "did you mean sin?"}, {"sin(prey, prey)", 1, "1 argument, not 2"},
		{"pow(prey)", 1, "2 arguments"}, {"two(prey)", 1, "2 outputs"}, {"two(prey)[2]", 1, "2 outputs"},
		{"tow(prey)[0]", 1, "did you mean two?"}, {"two(prey, 1)[0]", 1, "1 argument, not 2"}, {"sin(prey)[0]", 1, "one output"},
		{"prey(2)", 1, "prey*("}, {"sin + 1", 1, "function"}, {"prey/0", 5, "zero"}, {"log(-1)", 1, "finite"},
		{"(-2)^prey", 5, "positive"}, {"exp(1e9)", 1, "finite"}, {"1e300*1e300", 6, "finite"},
	} {
		_, err := compile(t, c.src, "prey")
		var e *SyntaxError
		if !errors.As(err, &e) {
			t.Fatalf("%q: %v", c.src, err)
		}
		if e.Column != c.column || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%q: %v; want column %d, %q", c.src, err, c.column, c.word)
		}
	}
}

// compile lowers src, whose names are batched inputs (the first) and shared
// ones (the others), to a program with the output y. two(x) is (x, 2x).
func compile(t testing.TB, src string, names ...string) (*Program, error) {
	t.Helper()
	e, err := ParseExpr(src)
	if err != nil {
		t.Fatal(src, err)
	}
	b := New()
	env := Env{Values: map[string]Value{}, Functions: map[string]Function{"two": {Args: 1, Outputs: 2,
		Apply: func(b *Builder, _ *Expr, x []Value) (Value, error) {
			return b.Concat(x[0], b.Scale(2, x[0])), nil
		}}}}
	for i, name := range names {
		env.Values[name] = b.Input(name, 1, 1, i == 0)
	}
	v, err := e.Lower(b, env)
	if err != nil {
		return nil, err
	}
	b.Output("y", b.Spread(v))
	return b.Done()
}

// reference evaluates the grammar directly.
func reference(e *Expr, v map[string]float64) float64 {
	var a [2]float64
	for i, x := range e.Args {
		a[i] = reference(x, v)
	}
	switch e.Form {
	case Number:
		return e.Value
	case Name:
		return v[e.Name]
	case Neg:
		return -a[0]
	case Sum:
		return a[0] + a[1]
	case Difference:
		return a[0] - a[1]
	case Product:
		return a[0] * a[1]
	case Quotient:
		return a[0] / a[1]
	case Power:
		return math.Pow(a[0], a[1])
	}
	return functions[e.Name](a[0], a[1])
}

var functions = map[string]func(x, y float64) float64{
	"tanh": func(x, _ float64) float64 { return math.Tanh(x) }, "sigmoid": func(x, _ float64) float64 { return 1 / (1 + math.Exp(-x)) },
	"gelu": func(x, _ float64) float64 { return x * (1 + math.Erf(x/math.Sqrt2)) / 2 }, "erf": func(x, _ float64) float64 { return math.Erf(x) },
	"softplus": func(x, _ float64) float64 { return math.Log1p(math.Exp(x)) }, "silu": func(x, _ float64) float64 { return x / (1 + math.Exp(-x)) },
	"sin": func(x, _ float64) float64 { return math.Sin(x) }, "cos": func(x, _ float64) float64 { return math.Cos(x) },
	"exp": func(x, _ float64) float64 { return math.Exp(x) }, "log": func(x, _ float64) float64 { return math.Log(x) },
	"reciprocal": func(x, _ float64) float64 { return 1 / x }, "sqrt": func(x, _ float64) float64 { return math.Sqrt(x) },
	"square": func(x, _ float64) float64 { return x * x }, "relu": func(x, _ float64) float64 { return max(x, 0) },
	"abs": func(x, _ float64) float64 { return math.Abs(x) }, "ln": func(x, _ float64) float64 { return math.Log(x) },
	"log10": func(x, _ float64) float64 { return math.Log10(x) }, "tan": func(x, _ float64) float64 { return math.Tan(x) },
	"sinh": func(x, _ float64) float64 { return math.Sinh(x) }, "cosh": func(x, _ float64) float64 { return math.Cosh(x) },
	"pow": math.Pow, "max": func(x, y float64) float64 { return max(x, y) }, "min": func(x, y float64) float64 { return min(x, y) },
}

func TestEveryElementaryFunctionHasItsValue(t *testing.T) {
	if len(functions) != len(Functions()) {
		t.Fatalf("%d functions, %d references", len(Functions()), len(functions))
	}
	for _, name := range Functions() {
		two := name == "pow" || name == "max" || name == "min"
		for _, x := range []float64{0.3, 1.7, 4} {
			for _, constant := range []bool{false, true} {
				src := name + "(x)"
				if two {
					src = name + "(x, 1.2)"
				}
				if constant {
					src = strings.ReplaceAll(src, "(x", fmt.Sprintf("(%v", x))
				}
				p, err := compile(t, src, "x")
				if err != nil {
					t.Fatal(src, err)
				}
				got := evaluate(t, p, 1, values{"x": {x}})["y"][0]
				if want := functions[name](x, 1.2); math.Abs(got-want) > 1e-13*(1+math.Abs(want)) {
					t.Errorf("%s at %v is %v, want %v", src, x, got, want)
				}
				if constant && len(p.Nodes) > 3 {
					t.Errorf("%s is not folded:\n%v", src, p)
				}
			}
		}
	}
}

// randomExpr draws an expression over x, y, z that is far from poles.
func randomExpr(r *rand.Rand, depth int) string {
	if depth == 0 || r.IntN(6) == 0 {
		return []string{"x", "y", "z", "2", "0.5", "1.25e-1", "pi"}[r.IntN(7)]
	}
	a, b := randomExpr(r, depth-1), randomExpr(r, depth-1)
	switch r.IntN(12) {
	case 0, 1:
		return a + " + " + b
	case 2, 3:
		return "(" + a + ") - (" + b + ")"
	case 4, 5:
		return "(" + a + ")*(" + b + ")"
	case 6:
		return a + "/(1 + (" + b + ")^2)"
	case 7:
		return fmt.Sprintf("tanh(%s)^%d", a, r.IntN(8))
	case 8:
		return fmt.Sprintf("(2 + sin(%s))^-%d", a, r.IntN(4))
	case 9:
		return "(1 + abs(" + a + "))^sin(" + b + ")"
	case 10:
		return "-cos(" + a + ")^2"
	}
	return "max(sigmoid(" + a + "), " + b + ")"
}

func TestLoweredExpressionsHaveTheirValues(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		src := randomExpr(r, 4)
		e, err := ParseExpr(src)
		if err != nil {
			t.Fatal(src, err)
		}
		p, err := compile(t, src, "x", "y", "z")
		var constant *SyntaxError
		if errors.As(err, &constant) {
			continue // a constant part overflows or divides by zero
		}
		x := make([]float64, 8)
		for l := range x {
			x[l] = r.NormFloat64()
		}
		v := map[string]float64{"y": r.NormFloat64(), "z": r.Float64(), "pi": math.Pi}
		got := evaluate(t, p, 8, values{"x": x, "y": {v["y"]}, "z": {v["z"]}})["y"]
		for l := range x {
			v["x"] = x[l]
			want := reference(e, v)
			if math.IsInf(want, 0) || math.Abs(want) > 1e8 {
				continue
			}
			if math.Abs(got[l]-want) > 1e-10*(1+math.Abs(want)) {
				t.Fatalf("%s at %v is %v, want %v", src, v, got[l], want)
			}
			folded, err := e.Eval(v, nil)
			if err == nil && math.Abs(folded-want) > 1e-10*(1+math.Abs(want)) {
				t.Fatalf("%s at %v folds to %v, want %v", src, v, folded, want)
			}
		}
	}
}

func TestPrintedExpressionsReadBackTheSame(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		a, err := ParseExpr(randomExpr(r, 5))
		if err != nil {
			t.Fatal(err)
		}
		b, err := ParseExpr(a.String())
		if err != nil || !a.Equal(b) {
			t.Fatalf("%v reads back as %v, %v", a, b, err)
		}
	}
}

func TestLongSumsAreFine(t *testing.T) {
	src := strings.Repeat("x+", 16000) + "x"
	p, err := compile(t, src, "x")
	if err != nil {
		t.Fatal(err)
	}
	e, _ := ParseExpr(src)
	if got := evaluate(t, p, 1, values{"x": {0.5}})["y"][0]; got != 8000.5 || len(e.String()) != 3*16000+16001 {
		t.Errorf("got %v, and %d characters", got, len(e.String()))
	}
}

func TestPowersOfNegativeNumbers(t *testing.T) {
	for src, want := range map[string]float64{"x^3": -8, "x^-2": 0.25, "x^0": 1, "(x*x)^0.5": 2, "(x*x)^-0.5": 0.5, "x^10": 1024, "x^(1+2)": -8} {
		p, err := compile(t, src, "x")
		if err != nil {
			t.Fatal(src, err)
		}
		if got := evaluate(t, p, 1, values{"x": {-2}})["y"][0]; got != want {
			t.Errorf("%s is %v, want %v", src, got, want)
		}
	}
}

func TestCallsPickOutputsAndEvalAsksForThem(t *testing.T) {
	p, err := compile(t, "two(x)[0] + 10*two(x)[1]", "x")
	if err != nil {
		t.Fatal(err)
	}
	if got := evaluate(t, p, 1, values{"x": {3}})["y"][0]; got != 63 {
		t.Errorf("got %v, want 63", got)
	}
	e, _ := ParseExpr("2*nn(x)[1] + x")
	got, err := e.Eval(map[string]float64{"x": 1}, func(c *Expr) (float64, bool) { return 5, c.Name == "nn" && c.Index == 1 })
	if err != nil || got != 11 {
		t.Errorf("got %v, %v, want 11", got, err)
	}
	if _, err := e.Eval(map[string]float64{"x": 1}, nil); err == nil {
		t.Error("a call without a value gave no error")
	}
}

func TestNamesAndCallsAreListedOnce(t *testing.T) {
	e, _ := ParseExpr("b*a + nn(a, c)[1] - sin(nn(b))")
	if got := fmt.Sprint(e.Names(), e.Calls()); got != "[b a c] [nn sin]" {
		t.Errorf("got %v", got)
	}
	if !IsName("α_1") || IsName("1a") || IsName("") || IsName("a b") {
		t.Error("IsName is wrong")
	}
}

func FuzzParseExpr(f *testing.F) {
	for _, s := range []string{"a*x - b*x*y", "-x^2^-1e-3", "f(x, y)[1]", "((", "2x", "1e999", "x̂·ÿ", "a--+b", "f(g(1)[0],-(a-b))/c/(d/e)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		if len(src) > 2000 {
			return
		}
		e, err := ParseExpr(src)
		if err != nil {
			var s *SyntaxError
			if !errors.As(err, &s) || s.Column < 1 || s.Column > len([]rune(src))+1 {
				t.Fatalf("%q: %v", src, err)
			}
			return
		}
		again, err := ParseExpr(e.String())
		if err != nil || !again.Equal(e) {
			t.Fatalf("%q prints as %q, which reads as %v, %v", src, e, again, err)
		}
		b, env := New(), Env{Values: map[string]Value{}}
		for _, name := range e.Names() {
			env.Values[name] = b.Batched(name, 1, 1)
		}
		if v, err := e.Lower(b, env); err == nil {
			b.Output("y", v)
			if _, err := b.Done(); err != nil {
				t.Fatalf("%q: %v", src, err)
			}
		}
	})
}

func ExampleParseExpr() {
	e, err := ParseExpr("alpha*prey - nn(prey, predator)[1]^2")
	fmt.Println(e, err)
	fmt.Println(e.Names(), e.Calls())
	_, err = ParseExpr("alpha*(prey - 2**x")
	fmt.Println(err)
	// Output:
	// alpha*prey - nn(prey, predator)[1]^2 <nil>
	// [alpha prey predator] [nn]
	// column 16: ** is not an operator; use ^ for powers
}
