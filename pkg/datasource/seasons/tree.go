package seasons

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
)

// kind is the kind of a JSON value.
type kind byte

const (
	null kind = iota
	boolean
	numeric
	textual
	list
	object
)

// node is a JSON value that keeps the order of an object's fields, as columns come in it.
type node struct {
	kind  kind
	text  string   // of a text, or a number or boolean as it was written
	keys  []string // of an object
	items []*node  // of a list, or an object's values
}

// maxDepth bounds how deep values may lie in each other. Real answers have 7 levels.
const maxDepth = 64

var errDepth = errors.New("it is nested too deeply")

// parse reads a JSON value. Of a list at the top only so many items are read; the second answer is how many there are.
func parse(body []byte, most int) (*node, int, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if !isList(body) {
		n, err := read(d, 0)
		return n, 0, err
	}
	if _, err := d.Token(); err != nil {
		return nil, 0, err
	}
	top := &node{kind: list}
	total := 0
	for ; d.More(); total++ {
		if total >= most {
			var skipped json.RawMessage
			if err := d.Decode(&skipped); err != nil {
				return nil, 0, err
			}
			continue
		}
		item, err := read(d, 1)
		if err != nil {
			return nil, 0, err
		}
		top.items = append(top.items, item)
	}
	_, err := d.Token()
	return top, total, err
}

func isList(body []byte) bool { return bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")) }

func read(d *json.Decoder, depth int) (*node, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	token, err := d.Token()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	switch t := token.(type) {
	case bool:
		return &node{kind: boolean, text: strconv.FormatBool(t)}, nil
	case json.Number:
		return &node{kind: numeric, text: t.String()}, nil
	case string:
		return &node{kind: textual, text: t}, nil
	case json.Delim:
		n := &node{kind: list}
		if t == '{' {
			n.kind = object
		}
		for d.More() {
			if n.kind == object {
				key, err := d.Token()
				if err != nil {
					return nil, err
				}
				name, _ := key.(string)
				n.keys = append(n.keys, name)
			}
			item, err := read(d, depth+1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
		_, err := d.Token() // the closing bracket
		return n, err
	}
	return &node{}, nil
}

// get is a field of an object; nil when there is none.
func (n *node) get(key string) *node {
	if n == nil || n.kind != object {
		return nil
	}
	for i, k := range n.keys {
		if k == key {
			return n.items[i]
		}
	}
	return nil
}

// fold is the same without regard to case, which files of whole categories write in capitals.
func (n *node) fold(key string) *node {
	if n == nil || n.kind != object {
		return nil
	}
	for i, k := range n.keys {
		if strings.EqualFold(k, key) {
			return n.items[i]
		}
	}
	return nil
}

// drop takes fields off an object.
func (n *node) drop(gone func(key string) bool) {
	keys, items := n.keys[:0], n.items[:0]
	for i, k := range n.keys {
		if !gone(k) {
			keys, items = append(keys, k), append(items, n.items[i])
		}
	}
	n.keys, n.items = keys, items
}

// scalar tells that a value is neither a list nor an object.
func (n *node) scalar() bool { return n.kind != list && n.kind != object }

// whole is the value of a whole number, or of a text that is one.
func (n *node) whole() (int64, bool) {
	if n == nil || n.kind != numeric && n.kind != textual {
		return 0, false
	}
	v, err := strconv.ParseInt(n.text, 10, 64)
	return v, err == nil
}

// ofObjects tells that a list has items and all of them are objects, or that an object has fields and all of them are.
func (n *node) ofObjects() bool {
	for _, item := range n.items {
		if item.kind != object {
			return false
		}
	}
	return len(n.items) > 0
}

// leaves counts the scalar fields of an object, those of objects in it included.
func (n *node) leaves() int {
	if n.kind != object {
		return 1
	}
	sum := 0
	for _, item := range n.items {
		if item.kind != list {
			sum += item.leaves()
		}
	}
	return sum
}
