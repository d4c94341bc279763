package visible

// comparedWays hide in Chromium 156, by screenshots, and passed here; those with a column, :defined, @property and a quoted
// name of an animation were known to.
var comparedWays = map[string]string{
	"compared: a column of a group":      `<table><colgroup style="visibility:collapse"><col></colgroup><tr><td>%x</td><td>b</td></tr></table>`,
	"compared: a column by a class":      `<style>.c{visibility:collapse}</style><table><col class=c span=2><tr><td colspan=2>%x</td><td>b</td></tr></table>`,
	"compared: uninherited":              `<style>@property --o{syntax:'<number>';inherits:false;initial-value:0}.o{--o:1}.o p{opacity:var(--o)}</style><div class=o><p>%x</p></div>`,
	"compared: a property without all":   `<style>@property --o{inherits:false;initial-value:1}p.k{opacity:var(--o,0)}</style><p class=k>%x</p>`,
	"compared: a value of no syntax":     `<style>@property --o{syntax:'<number>';inherits:false;initial-value:0}p.k{--o:red;opacity:var(--o)}</style><p class=k>%x</p>`,
	"compared: capitals of an animation": `<style>@keyframes foo{to{opacity:0}}@keyframes FOO{to{opacity:1}}p.k{animation:foo 0s both}</style><p class=k>%x</p>`,
	"compared: an animation by its name": `<style>@keyframes foo{to{opacity:0}}p.k{animation-name:"foo";animation-fill-mode:both}</style><p class=k>%x</p>`,
	"compared: both ends":                `<style>@keyframes f{from{opacity:0}to{opacity:0}}p.k{animation:f 99s -50s}</style><p class=k>%x</p>`,
	"compared: a title":                  `<title>%x</title>`,
	"compared: an import behind a rule":  `<style>i{color:red}@import 'data:text/css,p.k{display:block!important}';p.k{display:none}</style><p class=k>%x</p>`,
	"compared: no number":                `<p style="opacity:calc(0/0)">%x</p>`,
	"compared: container":                `<style>.c{container-type:inline-size}@container (min-width:100px){.c p{display:none}}</style><div class=c><p>%x</p></div>`,
	"compared: container of a style":     `<style>.c{--h:1}@container style(--h:1){.c p{display:none}}</style><div class=c><p>%x</p></div>`,
	"compared: a place of an anchor":     `<p style="position:absolute;left:anchor(left,-9999px)">%x</p>`,
	"compared: a drawing":                `<p style="background:url('data:image/svg+xml,<svg/>');color:#000">%x</p>`,
	"compared: light-dark in the dark":   `<p style="color-scheme:dark;color:light-dark(black,white)">%x</p>`,
	"compared: below its lines":          `<div style="height:1.2em;overflow:hidden">Note<br><br>%x</div>`,
	"compared: below its padding":        `<div style="height:0;overflow:hidden;padding-top:40px">%x</div>`,
}

var comparedHonest = map[string]string{
	"compared: beside a collapsed column": `<table><col style="visibility:collapse"><col><tr><td>a</td><td>%x</td></tr></table>`,
	"compared: below a row of two":        `<table><col style="visibility:collapse"><col><tr><td rowspan=2>a</td><td>b</td></tr><tr><td>%x</td></tr></table>`,
	"compared: after a table":             `<table><col style="visibility:collapse"><tr><td>a</td></tr></table><table><tr><td>%x</td></tr></table>`,
	"compared: an element to define":      `<style>x-y:not(:defined){display:none}</style><script src=x.js></script><x-y><p>%x</p></x-y>`,
	"compared: an element defined":        `<style>x-y:not(:defined){display:none}</style><script>customElements.define("x-y",X)</script><x-y><p>%x</p></x-y>`,
	"compared: inherited":                 `<style>@property --o{syntax:'<number>';inherits:true;initial-value:0}.o{--o:1}.o p{opacity:var(--o)}</style><div class=o><p>%x</p></div>`,
	"compared: initial":                   `<style>@property --o{syntax:'<number>';inherits:false;initial-value:1}.o{--o:0}.o p{opacity:var(--o)}</style><div class=o><p>%x</p></div>`,
	"compared: padding of a ratio":        `<div style="position:relative;height:0;padding:56% 0 0;overflow:hidden"><div style="position:absolute;inset:0"><p>%x</p></div></div>`,
	"compared: padding below":             `<div style="height:0;padding:0 0 56%;overflow:hidden"><p>%x</p></div>`,
	"compared: a drawing":                 `<p style="background:url('data:image/svg+xml,<svg/>')">%x</p>`,
	"compared: capitals fade in":          `<style>@keyframes Fade{from{opacity:0}to{opacity:1}}.k{opacity:0;animation:Fade 1s both}</style><p class=k>%x</p>`,
	"compared: capitals by a variable":    `<style>@keyframes fadeIn{to{opacity:1}}.k{--a:fadeIn;opacity:0;animation:var(--a) 1s both}</style><p class=k>%x</p>`,
}
