// Package browser looks at the running site as visitors do: with a real
// Chromium, a keyboard and the axe-core accessibility rules.
//
// It is tests only, for `make verify`: infra/verify/parts/31-browser.sh starts
// the site and names it in SITE, and the folder of Node packages in
// NODE_MODULES. Without them the tests are skipped, so that `make test` needs
// Go alone.
package browser
