// Package enginetest checks what contrib/engines has for engines that start many runs. It has a test only.
package enginetest
