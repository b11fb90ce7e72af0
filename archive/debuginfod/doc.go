// Package debuginfod fetches files with debugging information by their build ID from servers of elfutils, and keeps them
// where elfutils keeps them, so that neither fetches what the other has.
//
// [FromEnv] makes a client of the variables that elfutils looks at (debuginfod-client-config(7)): DEBUGINFOD_URLS,
// DEBUGINFOD_CACHE_PATH, DEBUGINFOD_TIMEOUT, DEBUGINFOD_MAXTIME, DEBUGINFOD_MAXSIZE, DEBUGINFOD_RETRY_LIMIT and
// DEBUGINFOD_HEADERS_FILE. Without DEBUGINFOD_URLS no server is asked, and the cache alone counts.
//
// A file is taken only if its build ID is the one that was asked for.
package debuginfod
