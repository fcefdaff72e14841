package mailnotify_test

import (
	"fmt"

	"github.com/grantwright/grantwright/notify/mailnotify"
)

// New does not connect: it looks at the options.
func ExampleNew() {
	_, err := mailnotify.New(mailnotify.Options{Host: "mail.example.com", From: "Access <access@example.com>"})
	fmt.Println(err)
	_, err = mailnotify.New(mailnotify.Options{Host: "mail.example.com", From: "access"})
	fmt.Println(err)
	// Output:
	// <nil>
	// mailnotify: Options.From is "access", must be an address such as Access <access@example.com>
}
