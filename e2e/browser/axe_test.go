package browser

import (
	_ "embed"
	"fmt"
)

// axeSource is axe-core 4.14.1, as npm has it.
//
//go:embed testdata/axe.min.js
var axeSource string

// looks are the sizes and themes in which axe looks at a page.
var looks = []device{{width: 1280}, {width: 390}, {width: 390, dark: true}, {width: 1280, dark: true}}

// violation is what axe says is wrong.
type violation struct {
	Rule  string   `json:"rule"`
	Help  string   `json:"help"`
	Nodes []string `json:"nodes"`
}

// axeRuns asks axe for everything that it knows, with the rule of WCAG 2.2 that is off by itself.
// Themes change colours only, so that the dark one is held to the rules of colours.
const axeRuns = `axe.run(document, { resultTypes: ["violations"], %s }).then((r) =>
	r.violations.map((v) => ({ rule: v.id, help: v.help, nodes: v.nodes.slice(0, 4).map((n) => n.html.slice(0, 200) + " – " + (n.any[0] || n.all[0] || n.none[0] || {}).message) })))`

func rulesFor(d device) string {
	if d.dark {
		return `runOnly: ["color-contrast", "link-in-text-block"]`
	}
	return `rules: { "target-size": { enabled: true } }`
}

// axe holds the page that is open to axe-core.
func (c *crawl) axe(on string) {
	c.Helper()
	c.run(axeSource)
	c.look(on, looks)
	for i := range ask[int](c.tab, `document.querySelectorAll("dialog:not([open])").length`) {
		c.run(fmt.Sprintf(`document.querySelectorAll("dialog")[%d].showModal()`, i))
		c.look(fmt.Sprintf("%s, dialog %d", on, i), looks[1:3])
		c.run(fmt.Sprintf(`document.querySelectorAll("dialog")[%d].close()`, i))
	}
}

// look holds the page to axe-core in some sizes and themes.
func (c *crawl) look(on string, as []device) {
	c.Helper()
	for _, d := range as {
		c.be(d)
		for _, v := range ask[[]violation](c.tab, fmt.Sprintf(axeRuns, rulesFor(d))) {
			for _, node := range v.Nodes {
				c.finds(fmt.Sprintf("%s (%d px, dark %v)", on, d.width, d.dark), "axe: %s (%s): %s", v.Help, v.Rule, anyID.ReplaceAllString(node, "…"))
			}
		}
	}
}
