// Package console runs the commands of documents and compares what they print with what the document shows.
//
// A document is Markdown. Its commands are in fenced blocks of the language "console": a line that begins with "$ " is a
// command for sh, with more lines of it after "> "; the lines that follow are what it prints, standard error included. A
// line "..." stands for any number of lines. A command that fails is followed by the command "echo $?".
//
// A comment right before a block, or before the first block of a document for all that follow, says where the commands
// run: "<!-- in: PLACE -->". The caller knows what is in a place. "<!-- not run: REASON -->" is for a block that no test
// can run; the reason has to name the test that shows what the block says, as `package: TestName` or `scripts/name.sh`.
//
// Other code blocks cannot hold commands: Parse refuses an indented block, and one that names no language.
package console
