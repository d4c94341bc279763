// Package config holds every setting of the worker in one struct. In go the
// command line, the environment, a .env file and secret files; out comes a
// checked Settings value. Precedence: flag, environment, .env, NAME_FILE (for
// secrets only), default.
//
// Tokens, keys and passwords are of type Secret, addresses of servers of type
// Address: neither shows a credential when it is printed, logged or marshalled.
// A Masker, made of the settings, takes them out of texts of other origin, such
// as what a server says in an error.
package config
