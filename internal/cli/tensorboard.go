package cli

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/entrain-dev/entrain/study"
)

// tensorBoard is the ending of the names that TensorBoard reads event files by.
const tensorBoard = ".tfevents"

// convertMetrics writes what a run recorded of its training as events of TensorBoard.
func (a *app) convertMetrics(run, to string) error {
	f, err := os.Open(filepath.Join(run, study.MetricsFile))
	if err != nil {
		return fmt.Errorf("%s holds no %s; give the folder of a run", run, study.MetricsFile)
	}
	defer f.Close()
	lines, err := study.ReadMetrics(f)
	if err != nil {
		return fmt.Errorf("%s: %w", run, err)
	}
	err = study.WriteFile(to, func(w io.Writer) error { return writeEvents(w, lines) })
	if err != nil {
		return failed(fmt.Errorf("%s cannot be written: %w", to, reason(err)))
	}
	fmt.Fprintf(a.Stderr, "%s: %d lines of training; tensorboard --logdir %s shows them\n", to, len(lines), filepath.Dir(to))
	return nil
}

// writeEvents writes scalars by name over the number of the line. The times of events are
// these numbers in seconds: a run does not record the clock, so the same run gives the same
// bytes.
func writeEvents(w io.Writer, lines []study.Metric) error {
	if err := tfRecord(w, appendText(appendDouble(nil, 1, 0), 3, "brain.Event:2")); err != nil {
		return err
	}
	for i, m := range lines {
		for _, v := range scalars(&m) {
			if v.value == nil {
				continue
			}
			if err := tfRecord(w, scalar(i, v.name, *v.value)); err != nil {
				return err
			}
		}
	}
	return nil
}

// named is a number of a line of metrics; nil if it has none.
type named struct {
	name  string
	value *float64
}

// scalars are the numbers of a line that are worth a curve.
func scalars(m *study.Metric) []named {
	return []named{{"loss", m.Loss}, {"mse", m.MSE}, {"heldout", m.Heldout}, {"lambda", m.Lambda}}
}

// scalar is the message Event of TensorFlow's event.proto: wall_time 1, step 2, summary 5,
// in which value 1 has tag 1 and simple_value 2.
func scalar(step int, name string, v float64) []byte {
	value := appendText(nil, 1, name)
	value = append(value, 2<<3|5)
	value = binary.LittleEndian.AppendUint32(value, math.Float32bits(float32(v)))
	event := appendDouble(nil, 1, float64(step))
	event = binary.AppendUvarint(append(event, 2<<3), uint64(step))
	return appendText(event, 5, string(appendText(nil, 1, string(value))))
}

// appendDouble and appendText add a field as protocol buffers write it.
func appendDouble(b []byte, field byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(append(b, field<<3|1), math.Float64bits(v))
}

func appendText(b []byte, field byte, text string) []byte {
	return append(binary.AppendUvarint(append(b, field<<3|2), uint64(len(text))), text...)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is the checksum of TensorFlow's records: CRC-32C, rotated and shifted.
func masked(b []byte) uint32 {
	c := crc32.Checksum(b, castagnoli)
	return (c>>15 | c<<17) + 0xa282ead8
}

// tfRecord writes one record: length, its checksum, content, its checksum.
func tfRecord(w io.Writer, content []byte) error {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(content)))
	b = binary.LittleEndian.AppendUint32(b, masked(b))
	b = append(b, content...)
	b = binary.LittleEndian.AppendUint32(b, masked(content))
	_, err := w.Write(b)
	return err
}
