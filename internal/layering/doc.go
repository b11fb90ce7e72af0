// Package layering checks which package imports which. It has a test only.
package layering
