//go:build race

package main

// raceDetector tells whether the tests, and the commands that they run, have it.
const raceDetector = true
