// Package licences holds the licence of Entrain and those of all that is built
// into its binary, so that they travel with it.
package licences

import _ "embed"

//go:generate go test ../policy -count=1 -run TestLicencesAreFresh -update

// Text is NOTICE, LICENSE and the licence texts of every module in the binary, each under the
// name of its module and file.
//
//go:embed licences.txt
var Text string
