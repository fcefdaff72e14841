package pgsource

// RelationsQuery is for the benchmark's floor.
const RelationsQuery = relationsQuery
