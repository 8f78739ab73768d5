// Package report answers: how does a person see what was learnt? It writes a
// fitted model as one HTML page that works offline: script and style are in
// the file, nothing is ever loaded.
//
//	d := &report.Data{
//		Title: "lynx-hare.csv",
//		Story: "Homotopy found a model that follows the held-out rows.",
//		Recordings: []report.Recording{{Series: s, HeldOut: 12, Fit: orbit}},
//	}
//	err := report.Write(w, d)
//
// Read the files in this order: data.go (what the page is made of), chart.go
// (a chart as a value), the builders recording.go, portrait.go, loss.go,
// residual.go, and write.go with the templates and scripts in web/. The
// script draws any Chart, so other pages can use Chart and Layer too.
//
// The charts are SVG, drawn by a script of our own: they follow the colours of
// the page in light and dark, print sharply, and can be read by keyboard.
//
// Same Data, same bytes.
package report
