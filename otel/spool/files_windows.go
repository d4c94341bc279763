package spool

// noFollow is nothing on Windows, where openFile looks itself.
const noFollow = 0
