package request

// Deciders is how well those are known who could decide on a pending request.
type Deciders string

// How well deciders are known. Before the first look nothing is said.
const (
	DecidersKnown   Deciders = "KNOWN"   // there are some, and the directory knows them all
	DecidersPartly  Deciders = "PARTLY"  // there are some; the directory cannot say that these are all
	DecidersUnknown Deciders = "UNKNOWN" // nobody is known; there may be somebody who has never come
	DecidersNone    Deciders = "NONE"    // there is nobody, nor anybody of GOVERNANCE in their place
)

// Nobody reports whether nobody is known who could decide.
func (d Deciders) Nobody() bool { return d == DecidersUnknown || d == DecidersNone }
