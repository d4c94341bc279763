// Package config holds every setting of the worker in one struct. In go the
// command line, the environment, a .env file and secret files; out comes a
// checked Settings value. Precedence: flag, environment, .env, NAME_FILE (for
// secrets only), default.
//
// A program loads the environment first ([LoadEnvironment]), lets kong parse
// the command line into a [Settings] with the environment's Resolver, calls
// [Settings.Check], and makes the masker. A new setting is one field with its
// tags: the flag, the variable, the line in .env.example and, by its type, the
// masking follow from it.
//
// Tokens, keys and passwords are of type Secret, addresses of servers of type
// Address: neither shows a credential when it is printed, logged or marshalled.
// A Masker, made of the settings, takes them out of texts of other origin, such
// as what a server says in an error.
package config
