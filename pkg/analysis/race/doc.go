// Package race turns the results and laps that iRacing keeps of a race into what is asked about it: positions and gaps
// lap by lap, pace, and what it does to the iRating. Its functions are pure. Times are seconds, positions count from 1,
// and NaN stands for what is not known.
package race
