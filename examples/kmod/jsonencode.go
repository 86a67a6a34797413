package main

import (
	"encoding"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// jsonLine gives a value as a line of JSON, as package encoding/json does
// without escaping for HTML. That package would cost the start of every tool
// more than a few lines that do for structures, lists, maps with lists of
// strings, strings, numbers and truth values.
func jsonLine(value any) []byte {
	return append(appendJSON(nil, reflect.ValueOf(value)), '\n')
}

func appendJSON(b []byte, v reflect.Value) []byte {
	if marshaler, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, _ := marshaler.MarshalText()
		return appendJSONString(b, string(text))
	}
	switch v.Kind() {
	case reflect.Pointer:
		return appendJSON(b, v.Elem())
	case reflect.Struct:
		return append(appendJSONFields(append(b, '{'), v), '}')
	case reflect.Slice:
		return appendJSONList(b, v)
	case reflect.Map:
		return appendJSONMap(b, v)
	case reflect.String:
		return appendJSONString(b, v.String())
	case reflect.Bool:
		return strconv.AppendBool(b, v.Bool())
	case reflect.Int:
		return strconv.AppendInt(b, v.Int(), 10)
	}
	return strconv.AppendUint(b, v.Uint(), 10)
}

// appendJSONFields adds the fields of a structure that have a name in JSON.
func appendJSONFields(b []byte, v reflect.Value) []byte {
	first := true
	for i := range v.NumField() {
		name, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" || options == "omitempty" && isEmpty(v.Field(i)) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(appendJSONString(b, name), ':')
		b = appendJSON(b, v.Field(i))
	}
	return b
}

func isEmpty(v reflect.Value) bool {
	return v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0
}

func appendJSONList(b []byte, v reflect.Value) []byte {
	if v.IsNil() {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSON(b, v.Index(i))
	}
	return append(b, ']')
}

// appendJSONMap adds a map in the order of its keys.
func appendJSONMap(b []byte, v reflect.Value) []byte {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	b = append(b, '{')
	for i, key := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendJSONString(b, key.String()), ':')
		b = appendJSON(b, v.MapIndex(key))
	}
	return append(b, '}')
}

// appendJSONString adds a string. What is no UTF-8 becomes U+FFFD.
func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, '\\', 'n')
		case r == '\t':
			b = append(b, '\\', 't')
		case r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029':
			hex := strconv.FormatInt(int64(r), 16)
			b = append(append(append(b, '\\', 'u'), "0000"[len(hex):]...), hex...)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
