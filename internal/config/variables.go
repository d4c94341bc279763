package config

import "reflect"

// Variable is one line of .env.example. Field is where it is in [Settings], such as "MLflow.Token".
type Variable struct{ Group, Name, Default, Help, Field string }

// Variables returns every setting, in the order of the struct, for
// .env.example.
func Variables() []Variable {
	fields := fieldsOf(reflect.ValueOf(Settings{}), "")
	out := make([]Variable, len(fields))
	for i, f := range fields {
		out[i] = f.Variable
	}
	return out
}

// field is a setting with its value.
type field struct {
	Variable
	value reflect.Value
}

// fieldsOf returns the settings of a struct and of those embedded in it. group
// is the heading under which they are listed, from the tag of the embedding
// field.
func fieldsOf(v reflect.Value, group string) []field {
	var out []field
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if _, embedded := f.Tag.Lookup("embed"); embedded {
			for _, sub := range fieldsOf(v.Field(i), f.Tag.Get("group")) {
				sub.Field = f.Name + "." + sub.Field
				out = append(out, sub)
			}
			continue
		}
		out = append(out, field{Variable{group, f.Tag.Get("env"), f.Tag.Get("default"), f.Tag.Get("help"), f.Name}, v.Field(i)})
	}
	return out
}

// Secrets returns the names of the settings that are or may hold a secret. What
// a .env file says of them is not put into the environment of the process,
// where child processes and dumps would show it.
func Secrets() []string {
	var out []string
	for _, f := range fieldsOf(reflect.ValueOf(Settings{}), "") {
		if holdsSecret(f.value.Type()) {
			out = append(out, f.Name)
		}
	}
	return out
}

// holdsSecret reports whether values of a type are shown masked. It lists the
// types of this package that do so.
func holdsSecret(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[Secret](), reflect.TypeFor[Address](), reflect.TypeFor[map[string]Address]():
		return true
	}
	return false
}
