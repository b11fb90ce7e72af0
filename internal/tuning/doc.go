// Package tuning says how the process of the command uses the machine: when garbage is
// collected, which memory comes in huge pages, how much of it there may be, and how many
// processors the start takes.
//
// All of this is about the whole process. So it belongs to a program, and no library may
// import this package: a program that uses the other packages of this module keeps its own
// settings. Libraries take memory from package memory, which Start makes better.
package tuning
