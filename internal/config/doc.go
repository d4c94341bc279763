// Package config holds every setting of the worker in one struct. In go the
// command line, the environment, a .env file and secret files; out comes a
// checked Settings value. Precedence: flag, environment, .env, default.
package config
