// Package job is the domain: a link that somebody shared, what is found out about
// it on the way, and the reply. In goes nothing and out comes nothing: it holds
// data, the rules that belong to the data alone, and the interfaces by which the
// stages of package pipeline reach the world.
//
//	Job ──▶ Evidence ──▶ Analysis ──▶ Report ──▶ Reply ──▶ Posted
//	        Retriever    Analyst      Gates      Formatter Poster
//
// The packages that implement the interfaces (evidence, analysis, gates, comment,
// slack, queue) import this one, and none of them another.
package job
