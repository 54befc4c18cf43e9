package ibt

import "io"

// Content reads the file as it lies there, headers and all, up to the size that it has now.
func (f *File) Content() (*io.SectionReader, error) {
	size, err := f.src.Size()
	if err != nil {
		return nil, err
	}
	return io.NewSectionReader(f.src, 0, size), nil
}
