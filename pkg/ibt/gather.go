package ibt

import "unsafe"

// gather takes n records, at least one, of stride bytes in data into the columns from row at on.
func (b *Batch) gather(data []byte, stride, at, n int) {
	cols := b.Cols
	for len(cols) > 0 {
		// Nearly all that is ever asked for is single floats as float64. Four columns in one go over the records cost
		// not much more than one, as it is memory that they wait for.
		if len(cols) >= 4 && cols[0].plain() && cols[1].plain() && cols[2].plain() && cols[3].plain() {
			gather4((*[4]Column)(cols), data, stride, at, n)
			cols = cols[4:]
			continue
		}
		cols[0].gather(data, stride, at, n)
		cols = cols[1:]
	}
}

// plain tells that c is one float32 a row to be had as float64.
func (c *Column) plain() bool { return c.float && c.Per == 1 && c.Var.Type == TypeFloat }

func (c *Column) gather(data []byte, stride, at, n int) {
	for k := range c.Per {
		s := series{data: data, off: c.offset + k*c.Var.Type.Size(), stride: stride, at: at*c.Per + k, per: c.Per, n: n}
		switch t := c.Var.Type; {
		case t == TypeFloat && c.float:
			take[float32](s, c.F64)
		case t == TypeFloat:
			take[float32](s, c.F32)
		case t == TypeDouble:
			take[float64](s, c.F64)
		case t == TypeInt && c.float:
			take[int32](s, c.F64)
		case t == TypeInt:
			take[int32](s, c.I32)
		case t == TypeBitField && c.float:
			take[uint32](s, c.F64)
		case t == TypeBitField:
			take[uint32](s, c.U32)
		case t == TypeBool:
			takeBools(s, c)
		case c.float:
			take[uint8](s, c.F64)
		default:
			take[uint8](s, c.Char)
		}
	}
}

// series are n values in data, the first at off and each stride bytes behind the one before. They go to every per-th
// place of a column from at on.
type series struct {
	data                    []byte
	off, stride, at, per, n int
}

type number interface {
	~uint8 | ~int32 | ~uint32 | ~float32 | ~float64
}

// take converts the values of s, stored as S, to D. That the last lies within the data is checked here, once, instead
// of at every value: the reads below then cannot leave it.
func take[S, D number](s series, dst []D) {
	var zero S
	_ = s.data[s.off+(s.n-1)*s.stride+int(unsafe.Sizeof(zero))-1]
	base, off := unsafe.Pointer(unsafe.SliceData(s.data)), s.off
	if s.per == 1 {
		dst = dst[s.at : s.at+s.n]
		for i := range dst {
			dst[i] = D(load[S](unsafe.Add(base, off)))
			off += s.stride
		}
		return
	}
	for i := range s.n {
		dst[s.at+i*s.per] = D(load[S](unsafe.Add(base, off)))
		off += s.stride
	}
}

func takeBools(s series, c *Column) {
	for i := range s.n {
		on := s.data[s.off+i*s.stride] != 0
		switch {
		case !c.float:
			c.Bool[s.at+i*s.per] = on
		case on:
			c.F64[s.at+i*s.per] = 1
		default:
			c.F64[s.at+i*s.per] = 0
		}
	}
}

// gather4 is take for four plain columns, row by row.
func gather4(cols *[4]Column, data []byte, stride, at, n int) {
	for i := range cols {
		_ = data[cols[i].offset+(n-1)*stride+3]
	}
	a, b, c, d := cols[0].F64[at:at+n], cols[1].F64[at:at+n], cols[2].F64[at:at+n], cols[3].F64[at:at+n]
	base := unsafe.Pointer(unsafe.SliceData(data))
	ap, bp := unsafe.Add(base, cols[0].offset), unsafe.Add(base, cols[1].offset)
	cp, dp := unsafe.Add(base, cols[2].offset), unsafe.Add(base, cols[3].offset)
	row := 0
	for i := range a {
		a[i] = float64(load[float32](unsafe.Add(ap, row)))
		b[i] = float64(load[float32](unsafe.Add(bp, row)))
		c[i] = float64(load[float32](unsafe.Add(cp, row)))
		d[i] = float64(load[float32](unsafe.Add(dp, row)))
		row += stride
	}
}
