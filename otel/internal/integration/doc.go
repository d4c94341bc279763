// Package integration holds tests that let the library deliver through what stands
// between a program and MLflow: reverse proxies, logins, storages and servers that
// are replaced. All of it is real but for those who issue tokens and for slow or cut
// lines. There is nothing in it to import.
//
// What went in is compared with what the servers have: each trace once, whole.
package integration
