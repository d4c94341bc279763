package gates

import "github.com/technoshare/commentator/internal/gates/quantity"

// dated says what the page makes of a date. It is right when a date of the page
// has all that it says, wrong when one of its parts is nowhere on the page, or
// there with other dates only.
func (s *numberSet) dated(d quantity.Date) belief {
	best := s.datedAs(d)
	if d.OrMonth > 0 {
		best = max(best, s.datedAs(quantity.Date{Year: d.Year, Month: d.OrMonth, Day: d.OrDay}))
	}
	return best
}

func (s *numberSet) datedAs(d quantity.Date) belief {
	monthThere, dayWithMonth := false, false
	for _, p := range s.dates {
		if p.Month != d.Month {
			continue
		}
		monthThere = true
		if d.Day > 0 && p.Day == d.Day {
			dayWithMonth = true
		}
		year := d.Year == 0 || p.Year == d.Year || p.Year == 0 && s.years[d.Year]
		day := d.Day == 0 || p.Day == d.Day
		if year && day {
			return right
		}
	}
	switch {
	case d.Year > 0 && !s.years[d.Year]:
		if s.relative && (s.years[d.Year+1] || s.years[d.Year-1]) {
			return doubt // "last May"
		}
		return wrong
	case !monthThere:
		// A page without dates in words may count days in another way.
		if s.relative && len(s.dates) == 0 {
			return doubt
		}
		return wrong
	case d.Day > 0 && !dayWithMonth:
		if s.loose[d.Day] { // between May 5 and 12
			return doubt
		}
		return wrong
	}
	return doubt // each part is there, but not together
}
