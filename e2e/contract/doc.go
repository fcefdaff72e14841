// Package contract holds the API to its OpenAPI document, by a validator that others wrote:
// every call that the tests of package web make, and several hundred that are generated from
// the document. What is accepted is a request that the document describes, and every answer is
// one that it describes.
package contract
