package visible

import (
	"encoding/json"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/technoshare/commentator/internal/evidence/page/render"
)

// ways are how pages hide text by CSS; %x stands for the text. Each is of a family, named before
// the colon.
var ways = map[string]string{
	"place: left":                      `<p style="position:absolute;left:-9999px">%x</p>`,
	"place: right":                     `<p style="position:absolute;right:9999px">%x</p>`,
	"place: far right":                 `<p style="position:fixed;left:100vw">%x</p>`,
	"place: below a fixed window":      `<p style="position:fixed;top:100vh">%x</p>`,
	"place: inset":                     `<style>.k{position:absolute;inset:-5000px auto auto -5000px}</style><p class=k>%x</p>`,
	"place: logical":                   `<p style="position:absolute;inset-inline-start:-9999px">%x</p>`,
	"place: calculated":                `<p style="position:absolute;left:calc(-100vw - 4000px)">%x</p>`,
	"place: in em":                     `<p style="position:absolute;left:-999em">%x</p>`,
	"place: bottom":                    `<p style="position:absolute;bottom:9999px">%x</p>`,
	"place: margin":                    `<p style="margin-left:-9999px">%x</p>`,
	"place: margin shorthand":          `<p style="margin:0 0 0 -9999px">%x</p>`,
	"place: indent":                    `<p style="text-indent:-9999px;white-space:nowrap;overflow:hidden">%x</p>`,
	"place: indent by the whole width": `<p style="text-indent:100%;white-space:nowrap;overflow:hidden">%x</p>`,
	"place: indent inherited":          `<style>.k{text-indent:-9999px}</style><div class=k><p>%x</p></div>`,
	"place: relative":                  `<p style="position:relative;left:-5000px">%x</p>`,
	"place: viewport":                  `<p style="position:absolute;left:-200vw">%x</p>`,

	"transform: translate":        `<p style="transform:translateX(-9999px)">%x</p>`,
	"transform: translate both":   `<p style="transform:translate(0,-9999px)">%x</p>`,
	"transform: translate right":  `<p style="transform:translateX(300vw)">%x</p>`,
	"transform: translate 3d":     `<p style="transform:translate3d(-400vw,0,0)">%x</p>`,
	"transform: the property":     `<p style="translate:-9999px 0">%x</p>`,
	"transform: scale":            `<p style="transform:scale(0)">%x</p>`,
	"transform: scale of one way": `<p style="transform:scaleY(0)">%x</p>`,
	"transform: scale small":      `<p style="transform:scale(.01)">%x</p>`,
	"transform: scale property":   `<p style="scale:0">%x</p>`,
	"transform: rotate":           `<p style="transform:rotateX(90deg)">%x</p>`,
	"transform: rotate in turns":  `<p style="transform:rotateY(.25turn)">%x</p>`,
	"transform: rotate property":  `<p style="rotate:x 90deg">%x</p>`,
	"transform: matrix":           `<p style="transform:matrix(0,0,0,0,0,0)">%x</p>`,
	"transform: matrix away":      `<p style="transform:matrix(1,0,0,1,-9999,0)">%x</p>`,
	"transform: skew":             `<p style="transform:skewX(90deg)">%x</p>`,

	"clip: rect":              `<p style="position:absolute;clip:rect(0 0 0 0)">%x</p>`,
	"clip: rect of a pixel":   `<p style="position:absolute;clip:rect(5px,6px,6px,5px)">%x</p>`,
	"clip: inset":             `<p style="clip-path:inset(50%)">%x</p>`,
	"clip: inset of one side": `<p style="clip-path:inset(0 0 100% 0)">%x</p>`,
	"clip: circle":            `<p style="clip-path:circle(0)">%x</p>`,
	"clip: circle at":         `<p style="clip-path:circle(0px at 50% 50%)">%x</p>`,
	"clip: ellipse":           `<p style="clip-path:ellipse(0 50%)">%x</p>`,
	"clip: polygon":           `<p style="clip-path:polygon(0 0,0 0,0 0)">%x</p>`,
	"clip: line":              `<p style="clip-path:polygon(0 0,100% 0,50% 0)">%x</p>`,
	"mask: transparent":       `<p style="-webkit-mask-image:linear-gradient(transparent,transparent);mask-image:linear-gradient(transparent,transparent)">%x</p>`,
	"mask: shorthand":         `<p style="mask:linear-gradient(#0000,rgb(0 0 0/0))">%x</p>`,
	"mask: no size":           `<p style="mask:linear-gradient(#000,#000) no-repeat;mask-size:0 0">%x</p>`,
	"mask: a picture":         `<p style="mask-image:url(&quot;data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E&quot;)">%x</p>`,

	"size: height":               `<div style="height:0;overflow:hidden">%x</div>`,
	"size: scrolls":              `<div style="height:0;overflow:auto">%x</div>`,
	"size: width":                `<div style="width:0;overflow:clip;white-space:nowrap">%x</div>`,
	"size: most":                 `<style>.k{max-height:0px;overflow-y:hidden}</style><div class=k>%x</div>`,
	"size: pixel":                `<span style="position:absolute;width:1px;height:1px;overflow:hidden">%x</span>`,
	"size: logical":              `<div style="block-size:0;overflow:hidden">%x</div>`,
	"size: paint":                `<div style="height:0;contain:paint">%x</div>`,
	"font: zero":                 `<p style="font-size:0">%x</p>`,
	"font: tiny":                 `<p style="font-size:1px">%x</p>`,
	"font: percent":              `<p style="font-size:1%">%x</p>`,
	"font: em within em":         `<div style="font-size:.2em"><div style="font-size:.2em"><p style="font-size:1em">%x</p></div></div>`,
	"font: calculated":           `<p style="font-size:calc(16px - 1rem)">%x</p>`,
	"font: clamped":              `<p style="font-size:clamp(0px,1vw,0px)">%x</p>`,
	"font: minimum":              `<p style="font-size:min(1px,2em)">%x</p>`,
	"font: shorthand":            `<p style="font:0/0 a">%x</p>`,
	"font: letters on a heap":    `<p style="letter-spacing:-1em">%x</p>`,
	"font: sheet":                `<style>article .k{font-size:0}</style><p class=k><b>%x</b></p>`,
	"content: a picture instead": `<p style="content:url(data:image/gif;base64,R0lGODlhAQABAAAAACw=)">%x</p>`,

	"colour: white":                  `<p style="color:#fff">%x</p>`,
	"colour: nearly white":           `<p style="color:#fdfdfd">%x</p>`,
	"colour: by a class":             `<style>.k{color:white}body{background:#fff}</style><p class=k>%x</p>`,
	"colour: hsl":                    `<p style="color:hsl(0 0% 100%)">%x</p>`,
	"colour: oklch":                  `<p style="color:oklch(1 0 0)">%x</p>`,
	"colour: mixed":                  `<p style="color:color-mix(in srgb,white 99%,black)">%x</p>`,
	"colour: no alpha":               `<p style="color:rgb(0 0 0 / 0%)">%x</p>`,
	"colour: short hex":              `<p style="color:#0000">%x</p>`,
	"colour: fill":                   `<p style="-webkit-text-fill-color:transparent">%x</p>`,
	"colour: of its ground":          `<p style="background:navy;color:#000080">%x</p>`,
	"colour: of the ground around":   `<style>.n{background-color:#222}.n em{color:rgb(34,34,34)}</style><div class=n>About <em>%x</em></div>`,
	"colour: of a gradient":          `<p style="background:linear-gradient(#eee,#eee);color:#eee">%x</p>`,
	"colour: of a dark page":         `<style>html{background:#111}body{color:#eee;background:#111}</style><p style="color:#121212">%x</p>`,
	"colour: font element":           `<p><font color="#ffffff">%x</font></p>`,
	"opacity: zero":                  `<p style="opacity:0">%x</p>`,
	"opacity: calculated":            `<p style="opacity:calc(1 - 1)">%x</p>`,
	"opacity: one within the other":  `<div style="opacity:.25"><div style="opacity:.25"><p style="opacity:.25">%x</p></div></div>`,
	"opacity: filter":                `<p style="filter:opacity(0%)">%x</p>`,
	"opacity: filter among others":   `<p style="filter:blur(0) opacity(.01)">%x</p>`,
	"opacity: blur":                  `<p style="filter:blur(40px)">%x</p>`,
	"opacity: animated away":         `<style>@keyframes k{to{opacity:0}}.k{animation:k 0s forwards}</style><p class=k>%x</p>`,
	"opacity: behind":                `<style>.w{background:#fff}</style><div class=w><p style="position:relative;z-index:-1">%x</p></div>`,
	"element: the attribute":         `<p hidden>%x</p>`,
	"element: dialog":                `<dialog>%x</dialog>`,
	"element: popover":               `<div popover>%x</div>`,
	"element: details":               `<details><summary>More</summary><p>%x</p></details>`,
	"element: bare text in details":  `<details><summary>More</summary>%x</details>`,
	"element: details in a details":  `<details><summary>a</summary><details open><summary>b</summary><p>%x</p></details></details>`,
	"element: content-visibility":    `<p style="content-visibility:hidden">%x</p>`,
	"element: template":              `<template><p>%x</p></template>`,
	"element: collapsed":             `<p style="visibility:collapse">%x</p>`,
	"element: hidden and flex again": `<style>.k{display:flex}[hidden]{display:none!important}</style><p class=k hidden>%x</p>`,

	"rule: class":                      `<style>.k{display:none}</style><p class=k>%x</p>`,
	"rule: media":                      `<style>@media screen and (min-width:600px){.k{display:none}}</style><p class=k>%x</p>`,
	"rule: media with or":              `<style>@media (width>5000px) or (min-height:1px){.k{display:none}}</style><p class=k>%x</p>`,
	"rule: supports":                   `<style>@supports (display:grid) and ((not (foo-moz:x)) or (color:red)){.k{display:none}}</style><p class=k>%x</p>`,
	"rule: layer":                      `<style>@layer a,b;@layer b{.k{display:none}}@layer a{.k{display:block}}</style><p class=k>%x</p>`,
	"rule: important layer":            `<style>@layer a{.k{display:none!important}}.k{display:block!important}</style><p class=k>%x</p>`,
	"rule: nested":                     `<style>article{.k{display:none}}</style><p class=k>%x</p>`,
	"rule: nested with an ampersand":   `<style>.k{&.l{display:none}}</style><p class="k l">%x</p>`,
	"rule: nested media":               `<style>.k{@media (min-width:1px){display:none}}</style><p class=k>%x</p>`,
	"rule: import":                     `<style>@import url("data:text/css,.k{display:none}");</style><p class=k>%x</p>`,
	"rule: import in base64":           `<style>@import "data:text/css;base64,Lmt7ZGlzcGxheTpub25lfQ==";</style><p class=k>%x</p>`,
	"rule: link":                       `<link rel=stylesheet href="data:text/css,.k%7Bdisplay:none%7D"><p class=k>%x</p>`,
	"rule: descendant":                 `<style>article div p{display:none}</style><div><p>%x</p></div>`,
	"rule: child by number":            `<style>.n>:nth-child(2){visibility:hidden}</style><div class=n><b>Note.</b> <i>%x</i></div>`,
	"rule: sibling":                    `<style>hr+p{display:none}</style><hr><p>%x</p>`,
	"rule: attribute":                  `<style>[data-k^="v" i]{display:none}</style><p data-k=VALUE>%x</p>`,
	"rule: not":                        `<style>p:not(.z):not(:hover).k{display:none}</style><p class=k>%x</p>`,
	"rule: is":                         `<style>:is(.q,.k):where(p){display:none}</style><p class=k>%x</p>`,
	"rule: has":                        `<style>div:has(> .k){display:none}</style><div><p class=k>%x</p></div>`,
	"rule: scope":                      `<style>@scope (.n){.k{display:none}}</style><div class=n><p class=k>%x</p></div>`,
	"rule: element":                    `<style>x-note{display:none}</style><x-note>%x</x-note>`,
	"rule: universal":                  `<style>.n *{display:none}</style><div class=n><p>%x</p></div>`,
	"variable: value":                  `<style>:root{--d:none}.k{display:var(--d)}</style><p class=k>%x</p>`,
	"variable: fallback":               `<p style="display:var(--no,none)">%x</p>`,
	"variable: of variables":           `<style>:root{--a:var(--b);--b:0}.k{opacity:var(--a)}</style><p class=k>%x</p>`,
	"variable: colour":                 `<style>:root{--bg:#fff}body{background:var(--bg)}.k{color:var(--bg)}</style><p class=k>%x</p>`,
	"variable: set in the style":       `<p style="--s:0px;font-size:var(--s)">%x</p>`,
	"escape: value":                    `<p style="display:n\6fne">%x</p>`,
	"escape: name":                     `<p style="dis\70lay:none">%x</p>`,
	"escape: class":                    `<style>.\6b{display:none}</style><p class=k>%x</p>`,
	"escape: class with a colon":       `<style>.md\:k{display:none}</style><p class="md:k">%x</p>`,
	"escape: case":                     `<style>P.k{DISPLAY:NONE}</style><p class=k>%x</p>`,
	"escape: comments":                 `<p style="/*a*/display/*b*/:/*c;*/none/*d*/">%x</p>`,
	"escape: comment in the selector":  `<style>p/* x */.k/*{*/{display:none}</style><p class=k>%x</p>`,
	"escape: never closed":             `<style>.k{display:none</style><p class=k>%x</p>`,
	"trick: important":                 `<style>.k{display:none!important}</style><p class=k style="display:block">%x</p>`,
	"trick: important with spaces":     `<style>.k{display:none ! IMPORTANT}.k{display:block}</style><p class=k>%x</p>`,
	"trick: specificity":               `<style>#i.k{display:none}.k{display:block}p{display:block}</style><p id=i class=k>%x</p>`,
	"trick: an invalid value after":    `<style>.k{opacity:0;opacity:foo}</style><p class=k>%x</p>`,
	"trick: an invalid colour after":   `<p style="color:#fff;color:blackish">%x</p>`,
	"trick: all":                       `<style>.k{display:block;all:unset;display:none}</style><p class=k>%x</p>`,
	"trick: a string with a semicolon": `<p style="font-family:'a;b';display:none">%x</p>`,
	"inherit: visibility":              `<style>.n{visibility:hidden}</style><div class=n><p><b>%x</b></p></div>`,
	"inherit: colour":                  `<style>.n{color:#fff}.n p{background:#fff}</style><div class=n><p>%x</p></div>`,
	"inherit: text beside what shows":  `<div style="visibility:hidden">%x <b style="visibility:visible">A note about the import.</b></div>`,
	"inherit: font beside what shows":  `<div style="font-size:0">%x <b style="font-size:16px">A note about the import.</b></div>`,
	"inherit: the word":                `<style>.n{visibility:hidden}.n p{visibility:inherit}</style><div class=n><p>%x</p></div>`,
}

// guessed are the ways that only an order is known by: a reader may see the text, after a click, or
// the picture that hides it is not read.
var guessed = map[string]bool{
	"element: details": true, "element: bare text in details": true, "element: details in a details": true, "mask: a picture": true,
	// What stands in a small box, or under another, has no place without a layout.
	"more: 4": true, "more: 16": true, "more: 18": true, "more: 41": true, "more: 50": true, "more: 78": true, "more: 79": true, "more: 80": true,
	"more: 81": true, "more: 82": true, "more: 93": true, "more: 96": true,
	"confirmed: below the edge": true, "confirmed: padding below": true, "confirmed: float": true, "confirmed: margin share": true,
	"confirmed: translate share": true, "confirmed: outline": true, "confirmed: grid columns": true, "later: offset distance": true, "later: rotateZ far": true,
	"confirmed: ellipsis": true, "confirmed: line clamp": true, "confirmed: next one covers": true,
	// A picture, a filter or a function of the page's own says how it looks.
	"confirmed: clip url": true, "confirmed: filter url": true, "confirmed: mask gif": true, "confirmed: mask position": true,
	"confirmed: function": true, "confirmed: sibling index": true, "bounded: more than are read": true,
	"bounded: behind large sheets": true, "bounded: at a large one's end": true, "bounded: behind imports": true, "bounded: longer than are read": true,
	// The rule is read, but what it selects is not known.
	"compared: container": true, "compared: container of a style": true, "compared: a place of an anchor": true, "compared: a drawing": true,
	"compared: light-dark in the dark": true, "compared: below its lines": true, "compared: below its padding": true,
	"compared: a value of no syntax": true,
	"confirmed: first-line":          true, "confirmed: first-line size": true, "confirmed: nth of": true,
}

// honest are texts that readers see, in styles that look like those that hide.
var honest = map[string]string{
	"responsive classes":            `<style>.d-none{display:none!important}@media(min-width:992px){.d-lg-block{display:block!important}}</style><div class="d-none d-lg-block"><p>%x</p></div>`,
	"a dark hero by a class":        `<style>.hero{background:#123;padding:4em}.t{color:#fff}</style><div class=hero><p class=t>%x</p></div>`,
	"a dark hero of a linked sheet": `<link rel=stylesheet href=/a.css><div class=hero><p style="color:#fff">%x</p></div>`,
	"a hero with a picture":         `<style>.hero{background:url(a.jpg) center/cover}.hero p{color:#fff}</style><div class=hero><p>%x</p></div>`,
	"a hero with a gradient":        `<div style="background-image:linear-gradient(90deg,#135,#357);color:#fff"><p>%x</p></div>`,
	"a caption on a picture":        `<style>.c{position:relative}.c p{position:absolute;bottom:0;color:#fff}</style><div class=c><img src=a.jpg><p>%x</p></div>`,
	"a carousel's slide":            `<style>.track{display:flex;transform:translateX(-1280px)}.track>div{flex:0 0 1280px}</style><div class=track><div><p>One.</p></div><div><p>%x</p></div></div>`,
	"a slide in place":              `<div style="transform:translate3d(0px,0,0)"><p>%x</p></div>`,
	"centred":                       `<div style="position:relative;left:50%;transform:translateX(-50%)"><p>%x</p></div>`,
	"a negative margin":             `<div style="margin:-20px -15px 0"><p>%x</p></div>`,
	"a hanging indent":              `<p style="text-indent:-2em;padding-left:2em">%x</p>`,
	"a faint text":                  `<p style="opacity:.9">%x</p>`,
	"a grey text":                   `<p style="color:#999">%x</p>`,
	"a print sheet":                 `<style media=print>.k{display:none}</style><p class=k>%x</p>`,
	"print in a sheet":              `<style>@media print{.k{display:none!important}}</style><p class=k>%x</p>`,
	"narrow windows":                `<style>@media(max-width:600px){.k{display:none}}</style><p class=k>%x</p>`,
	"narrow windows by range":       `<style>@media (400px <= width <= 700px){.k{display:none}}</style><p class=k>%x</p>`,
	"a cut corner":                  `<style>.k{clip-path:polygon(0 0,100% 0,100% 90%,0 100%)}</style><div class=k><p>%x</p></div>`,
	"a round box":                   `<div style="clip-path:inset(0 round 12px)"><p>%x</p></div>`,
	"a card":                        `<div style="overflow:hidden;border-radius:8px;max-width:600px;height:auto"><p>%x</p></div>`,
	"a flexible column":             `<div style="display:flex"><div style="flex:1;width:0;overflow:hidden"><p>%x</p></div></div>`,
	"a sticky header":               `<div style="position:sticky;top:-1px;z-index:9"><p>%x</p></div>`,
	"gaps between boxes":            `<style>.row{font-size:0}.row>div{display:inline-block;font-size:16px}</style><div class=row><div><p>%x</p></div></div>`,
	"gaps, in rem":                  `<div style="font-size:0"><span style="font-size:1rem">%x</span></div>`,
	"a dark theme by variables":     `<style>:root{--bg:#111;--fg:#eee}body{background:var(--bg);color:var(--fg)}</style><p>%x</p>`,
	"a theme of a script":           `<style>.hero{background:var(--hero)}.hero p{color:#fff}</style><div class=hero><p>%x</p></div>`,
	"a dark theme elsewhere":        `<style>@media(prefers-color-scheme:dark){.k{color:#fff}}</style><p class=k>%x</p>`,
	"a theme by a class":            `<style>.dark p{color:#fff}</style><p>%x</p>`,
	"a state":                       `<style>.k:hover{opacity:0}.k:focus-within{display:none}</style><p class=k>%x</p>`,
	"a pseudo-element":              `<style>.k::before{display:none;opacity:0}.k:after{visibility:hidden}</style><p class=k>%x</p>`,
	"another rule wins":             `<style>.k{display:none}p.k{display:block}</style><p class=k>%x</p>`,
	"an important rule wins":        `<style>.k{display:block!important}#i{display:none}</style><p id=i class=k>%x</p>`,
	"a layer loses":                 `<style>.k{display:block}@layer a{#i.k{display:none}}</style><p id=i class=k>%x</p>`,
	"hidden, but with a box":        `<style>.k{display:block}</style><p class=k hidden>%x</p>`,
	"visible in what is hidden":     `<style>.n{visibility:hidden}.n p{visibility:visible}</style><div class=n><p>%x</p></div>`,
	"gradient letters":              `<style>.k{background:linear-gradient(red,blue);-webkit-background-clip:text;color:transparent}</style><p class=k>%x</p>`,
	"gradient letters within":       `<style>.k{background:linear-gradient(red,blue);background-clip:text;-webkit-text-fill-color:transparent}</style><p class=k><b>%x</b></p>`,
	"not supported":                 `<style>@supports not (display:grid){.k{display:none}}@supports (-ms-ime-align:auto){.k{display:none}}</style><p class=k>%x</p>`,
	"faded in by itself":            `<style>@keyframes f{from{opacity:0}to{opacity:1}}.k{opacity:0;animation:f 1s forwards}</style><p class=k>%x</p>`,
	"faded in from":                 `<style>@keyframes f{from{opacity:0;transform:translateY(2000px)}}.k{animation:f 1s both}</style><p class=k>%x</p>`,
	"another place":                 `<style>aside .k{display:none}nav>p{display:none}</style><p class=k>%x</p>`,
	"another child":                 `<style>.n>:nth-child(3){display:none}</style><div class=n><b>Note.</b> <i>%x</i></div>`,
	"another element that has":      `<style>div:has(> .z){display:none}</style><div><p class=k>%x</p></div>`,
	"turned a little":               `<div style="transform:rotate(-2deg) skewY(1deg) scale(.98)"><p>%x</p></div>`,
	"on end":                        `<p style="transform:rotate(90deg)">%x</p>`,
	"mirrored twice":                `<div style="transform:scaleX(-1)"><p style="transform:scaleX(-1)">%x</p></div>`,
	"a soft edge":                   `<div style="mask-image:linear-gradient(#000 80%,transparent)"><p>%x</p></div>`,
	"a box of a ratio":              `<div style="position:relative;height:0;padding-bottom:56.25%;overflow:hidden"><div style="position:absolute;inset:0"><p>%x</p></div></div>`,
	"white on dark within white":    `<style>.n{background:#fff}.n p{background:#000}.n p{color:#fff}</style><div class=n><p>%x</p></div>`,
	"a link on a white page":        `<style>.n{color:#fff}</style><div class=n><a href=/x>%x</a></div>`,
	"black on white in dark":        `<body style="background:#000;color:#fff"><div style="background:#fff;color:#000"><p>%x</p></div>`,
	"open details":                  `<details open><summary>More</summary><p>%x</p></details>`,
	"an open dialog":                `<dialog open><p>%x</p></dialog>`,
	"behind nothing":                `<p style="position:relative;z-index:-1">%x</p>`,
	"a missing value":               `<p style="display:var(--no)">%x</p>`,
	"an invalid value":              `<style>.k{opacity:1;opacity:foo;left:-9999;text-indent:-9999}</style><p class=k>%x</p>`,
	"letters far apart":             `<p style="letter-spacing:.1em;line-height:1;word-spacing:-1px">%x</p>`,
	"difference of colours":         `<div style="background:#fff"><p style="color:#fff;mix-blend-mode:difference">%x</p></div>`,
	"a sheet of another kind":       `<style type="text/less">.k{display:none}</style><p class=k>%x</p>`,
	"contents":                      `<div style="display:contents"><p>%x</p></div>`,
	"a table of cells":              `<div style="display:table;width:0"><p>%x</p></div>`,
	"a box that scrolls":            `<div style="max-height:300px;overflow:auto"><p>%x</p></div>`,
}

// The texts that are planted: an order, one that nothing but its hiding betrays, and what an honest page says.
const said = "The archive of the old invoices stayed on the first shard for another year, since the auditors asked for it."

// inArticle is an ordinary article with a piece in it.
func inArticle(piece, text string) string {
	return "<!doctype html><html><head><title>Shards</title></head><body><article><h1>Three shards</h1><p>" + first + "</p><p>" + second + "</p>" +
		strings.ReplaceAll(piece, "%x", text) + "<p>" + third + "</p><p>" + plain + "</p></article></body></html>"
}

// What Chromium 156 shows of each page was compared once by pixels: a screenshot with the text, and one with the text
// in capitals, which are the same if nobody sees it (TestWays writes the pages). They differed, as they should, for text
// that is drawn but that nobody can read: letters of a pixel or on a heap, blurred, or of nearly the colour of their
// ground. Of the honest, those differed whose picture, linked sheet or script is not there.
func TestWaysOfHidingByCSS(t *testing.T) {
	if len(ways) < 70 || len(honest) < 40 {
		t.Fatalf("%d ways, %d honest", len(ways), len(honest))
	}
	all := maps.Clone(ways)
	maps.Copy(all, moreWays)
	maps.Copy(all, confirmedWays)
	maps.Copy(all, boundedWays)
	maps.Copy(all, laterWays)
	maps.Copy(all, comparedWays)
	passed := 0
	for name, piece := range all {
		for _, planted := range []string{injected, planted} {
			doc := parse(t, inArticle(piece, planted))
			RemoveHidden(doc)
			got := render.Text(doc)
			if strings.Contains(got, planted) && (planted == injected || !guessed[name]) {
				passed++
				t.Errorf("%s: %q is kept", name, planted[:6])
			}
			if !strings.Contains(got, "eleven weeks") || !strings.Contains(got, "412 rows") || strings.Contains(name, "beside") && !strings.Contains(got, "note about") {
				t.Errorf("%s: the article is lost in\n%s", name, got)
			}
		}
	}
	t.Logf("%d of %d ways pass", passed, 2*len(all))
}

func TestWhatLooksLikeHidingStays(t *testing.T) {
	all := maps.Clone(honest)
	maps.Copy(all, confirmedHonest)
	maps.Copy(all, laterHonest)
	maps.Copy(all, comparedHonest)
	for name, piece := range all {
		doc := parse(t, inArticle(piece, said))
		RemoveHidden(doc)
		if got := render.Text(doc); !strings.Contains(got, said) {
			t.Errorf("%s is lost", name)
		}
	}
}

// TestWays writes the pages to a file, for a browser.
func TestWays(t *testing.T) {
	file := os.Getenv("COMMENTATOR_WAYS")
	if file == "" {
		t.Skip("COMMENTATOR_WAYS is not set")
	}
	pages := map[string][2]string{}
	for name, piece := range ways {
		pages["hidden "+name] = [2]string{inArticle(piece, planted), inArticle(piece, strings.ToUpper(planted))}
	}
	for name, piece := range moreWays {
		pages["hidden "+name] = [2]string{inArticle(piece, planted), inArticle(piece, strings.ToUpper(planted))}
	}
	for name, piece := range confirmedWays {
		pages["hidden "+name] = [2]string{inArticle(piece, planted), inArticle(piece, strings.ToUpper(planted))}
	}
	for name, piece := range confirmedHonest {
		pages["shown "+name] = [2]string{inArticle(piece, said), inArticle(piece, strings.ToUpper(said))}
	}
	for name, piece := range honest {
		pages["shown "+name] = [2]string{inArticle(piece, said), inArticle(piece, strings.ToUpper(said))}
	}
	raw, err := json.Marshal(pages)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}
