package push

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// request is a remote write request of version 1, the message prometheus.WriteRequest, which every receiver takes. It is
// written by hand, as the library has the messages of version 2 only.
type request []Series

// Fields of the messages.
const (
	requestSeries protowire.Number = 1 // of WriteRequest
	seriesLabels  protowire.Number = 1 // of TimeSeries
	seriesSamples protowire.Number = 2
	labelName     protowire.Number = 1 // of Label
	labelValue    protowire.Number = 2
	sampleValue   protowire.Number = 1 // of Sample
	sampleTime    protowire.Number = 2
)

// append appends the encoded request to b.
func (r request) append(b []byte) []byte {
	var series, part []byte
	for i := range r {
		series = series[:0]
		for _, l := range r[i].Labels {
			part = protowire.AppendTag(part[:0], labelName, protowire.BytesType)
			part = protowire.AppendString(part, l.Name)
			part = protowire.AppendTag(part, labelValue, protowire.BytesType)
			part = protowire.AppendString(part, l.Value)
			series = protowire.AppendTag(series, seriesLabels, protowire.BytesType)
			series = protowire.AppendBytes(series, part)
		}
		for _, s := range r[i].Samples {
			part = protowire.AppendTag(part[:0], sampleValue, protowire.Fixed64Type)
			part = protowire.AppendFixed64(part, math.Float64bits(s.Value))
			part = protowire.AppendTag(part, sampleTime, protowire.VarintType)
			part = protowire.AppendVarint(part, uint64(s.Time)) // an int64, so before 1970 in ten bytes
			series = protowire.AppendTag(series, seriesSamples, protowire.BytesType)
			series = protowire.AppendBytes(series, part)
		}
		b = protowire.AppendTag(b, requestSeries, protowire.BytesType)
		b = protowire.AppendBytes(b, series)
	}
	return b
}

// message is an encoded request in the shape in which the library takes messages that encode themselves.
type message []byte

// Size is the length of the message in bytes.
func (m message) Size() int { return len(m) }

// MarshalToSizedBuffer copies the message into b, which is as long.
func (m message) MarshalToSizedBuffer(b []byte) (int, error) { return copy(b, m), nil }
