package ibttest

import (
	"errors"
	"io"
)

// Memory is a file in memory to write to. The zero value is empty.
type Memory struct {
	Data []byte // all that was written

	at int
}

// Write implements [io.Writer]. What lies between the end and where it writes becomes zeros.
func (m *Memory) Write(p []byte) (int, error) {
	if end := m.at + len(p); end > len(m.Data) {
		m.Data = append(m.Data, make([]byte, end-len(m.Data))...)
	}
	m.at += copy(m.Data[m.at:], p)
	return len(p), nil
}

// Seek implements [io.Seeker].
func (m *Memory) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += int64(m.at)
	case io.SeekEnd:
		offset += int64(len(m.Data))
	}
	if offset < 0 {
		return 0, errors.New("negative position")
	}
	m.at = int(offset)
	return offset, nil
}
