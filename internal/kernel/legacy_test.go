package kernel

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// scalar are the instructions on general registers that the kernels use. Every other one must begin with V or K, that
// is be VEX or EVEX encoded: an instruction of the old encoding after one on wide registers waits for their upper halves.
var scalar = []string{
	"MOVQ", "MOVL", "LEAQ", "ADDQ", "SUBQ", "IMUL3Q", "SHLQ", "ANDQ", "NEGQ", "XORQ", "INCQ", "DECQ", "CMPQ", "TESTQ", "TESTL",
	"CMOVQGT", "CMOVQGE", "JMP", "JE", "JZ", "JNZ", "JL", "JG", "JLE", "JGE", "RET",
}

// legacyProblems returns the lines of assembly that break the rule, or return without VZEROUPPER.
func legacyProblems(source string) []string {
	var problems []string
	instruction := regexp.MustCompile(`^\t([A-Z][A-Z0-9_.]*)`)
	before := ""
	for _, line := range strings.Split(source, "\n") {
		f := instruction.FindStringSubmatch(line)
		if f == nil {
			continue
		}
		name, _, _ := strings.Cut(f[1], ".")
		if !slices.Contains(scalar, name) && name[0] != 'V' && name[0] != 'K' || strings.Contains(line, "MOVQ X") {
			problems = append(problems, line)
		}
		if name == "RET" && before != "VZEROUPPER" {
			problems = append(problems, "RET after "+before)
		}
		before = name
	}
	return problems
}

func TestAssemblyHasNoLegacyInstructions(t *testing.T) {
	files, err := filepath.Glob("*.s")
	if err != nil || len(files) < 2 {
		t.Fatal("assembly not found: ", files, err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range legacyProblems(string(source)) {
			t.Errorf("%s: %s", file, p)
		}
	}
	if n := len(legacyProblems("\tADDSD X0, X1\n\tRET\n")); n != 2 {
		t.Errorf("the rule finds %d of 2 problems", n)
	}
}
