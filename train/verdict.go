package train

// judge adds to a fit what a person must know before trusting it.
func (p *Problem) judge(r *Result) {}
