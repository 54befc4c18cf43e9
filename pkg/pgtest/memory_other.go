//go:build !linux

package pgtest

// memory is a folder that is kept in memory; empty, as only Linux always has one.
func memory() string { return "" }
