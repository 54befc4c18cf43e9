package models

//go:generate go run ./tsgen . ../../../src/models.gen.ts ../../../docs/query-fields.md
