// Package stream reads what was compressed without believing what it claims.
//
// A [Reader] gives up on a stream that goes on and on and holds nothing. A [Store]
// keeps in memory what a stream was unpacked to. It grows with what was read, not with
// what a header says, and packs again what repeats itself.
package stream
