package store

import (
	"math"

	"github.com/jackc/pgx/v5/pgtype"
)

// reals are written as an array of real in which null stands for what is no number.
type reals []float64

// Dimensions implements pgtype.ArrayGetter.
func (r reals) Dimensions() []pgtype.ArrayDimension {
	if r == nil {
		return nil
	}
	return []pgtype.ArrayDimension{{Length: int32(len(r)), LowerBound: 1}}
}

// Index implements pgtype.ArrayGetter.
func (r reals) Index(i int) any {
	x := float32(r[i])
	if x != x || math.IsInf(float64(x), 0) {
		return nil
	}
	return x
}

// IndexType implements pgtype.ArrayGetter.
func (r reals) IndexType() any { return float32(0) }
