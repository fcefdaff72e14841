// Package browser looks at the pages as people do: with a real Chromium. A world has people
// of every role and requests in every state, over a real PostgreSQL; the browser goes from
// page to page in it, and looks for what nobody should find. On an empty server it walks
// the whole way, from a connection to a SELECT that works.
//
// make shots has the crawl take a picture of every page that somebody comes to, wide, narrow
// and dark, and renews those of the README, in docs/shots.
//
// Everything is on loopback, and ends with the tests.
package browser
