// Package world is a model of a database in which people get access by an engine: its
// relations, what governance says of them, and what people ask for. It knows nothing of the
// engine, so that what the engine says can be held against it.
//
// A Script of steps, made at random by Generate or by hand, makes a World. Each step changes
// the model, and has statements that do the same on a real PostgreSQL. Every value that is
// written there says of which data it is, so that it is known wherever it is read, under any
// name. Look logs in as everybody and tries; Compare says where Records and Sights disagree;
// Shrink finds the steps that it takes.
package world
