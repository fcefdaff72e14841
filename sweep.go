package grantwright

import ()

const ()
