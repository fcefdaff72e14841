// Package browser looks at the pages as people do: with a real Chromium. A world has people
// of every role and requests in every state, over a real PostgreSQL; the browser goes from
// page to page in it, and looks for what nobody should find. On an empty server it walks
// the whole way, from a connection to a SELECT that works.
//
// Everything is on loopback, and ends with the tests.
package browser
