// Package remote makes a store of what a server can do.
//
// A [Backend] does each thing once. What all such stores need is here: contents that can be sent again, another try after
// an error that may pass, reading that goes on where a connection broke, checksums, and errors that say where they were.
package remote
