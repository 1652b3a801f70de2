"""Knowledge that grows: an advice becomes a situation or an example question, once two people at the desk say so."""
