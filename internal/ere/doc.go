// Package ere matches POSIX extended regular expressions, as regex(7) describes them, with
// work that is bounded by the size of the expression times that of the text. GNU's
// extensions, back references and collating elements are not supported; characters are
// bytes.
//
// Package regexp does this and much more, for Unicode. It would be a thirtieth of the tools,
// and would make tables of Unicode's scripts at every start.
//
// All functions and methods are safe for concurrent use.
package ere
