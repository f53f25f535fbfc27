"""All cases of the theory table: what each is, where it is from, and why some cannot be put to this model."""

from typing import NamedTuple


class Known(NamedTuple):
    """A published or derived result.  ``why_not`` is empty for what is tested."""

    title: str
    source: str
    why_not: str = ""


_URN = "the chance of a choice is a logit in shares here, never proportional to counts"
_COPY = "a buyer weighs offers; it does not copy one other buyer at random"
_THRESHOLD = "a buyer has a logit over offers, not a threshold on the number of adopters"

CATALOGUE = {
    "V01": Known("Competing technologies: who wins", "Arthur, Economic Journal 99 (1989) 116-131"),
    "V02": Known("Constant and diminishing returns", "Arthur (1989)"),
    "V03": Known("Polya's urn", "Eggenberger and Polya (1923); Arthur, Ermoliev and Kaniovski (1987)", _URN),
    "V04": Known("Urn with squared counts", "Khanin and Khanin (2001)", _URN),
    "V05": Known("Urn that asks three", "Hill, Lane and Sudderth (1980)", _URN),
    "V06": Known(
        "Social interactions: mean field, hysteresis", "Brock and Durlauf, Rev. Econ. Stud. 68 (2001) 235-260"
    ),
    "V07": Known("The same, a few, one at a time", "Blume, Games Econ. Behav. 5 (1993) 387-424; exact chain"),
    "V08": Known("The same, all at once", "Little, Math. Biosci. 19 (1974) 101-120; exact chain"),
    "V09": Known(
        "Many options: abrupt tipping", "Brock and Durlauf (2002); Wu, Rev. Mod. Phys. 54 (1982) 235"
    ),
    "V10": Known(
        "Switching costs alone: slow forgetting", "McFadden (1974); Dube, Hitsch and Rossi, RAND J. 41 (2010)"
    ),
    "V11": Known("Committed minorities, herding", "Kirman, QJE 108 (1993) 137-156", _COPY),
    "V12": Known("Voter model on graphs", "Sood and Redner, Phys. Rev. Lett. 94 (2005) 178701", _COPY),
    "V13": Known("Fixation of a mutant", "Moran (1958); Lieberman, Hauert and Nowak (2005)", _COPY),
    "V14": Known("Riot thresholds", "Granovetter, Am. J. Sociol. 83 (1978)", _THRESHOLD),
    "V15": Known("Cascades on random graphs", "Watts, PNAS 99 (2002) 5766", _THRESHOLD),
    "V16": Known(
        "Giant component, percolation", "Erdos and Renyi (1960)", "the influence network is data, not drawn"
    ),
    "V17": Known(
        "Averaging of opinions",
        "DeGroot (1974); Friedkin and Johnsen (1999)",
        "bases are bought, not averaged",
    ),
    "V18": Known("Power in weighted votes", "Shapley and Shubik (1954); Banzhaf (1965); Coleman (1971)"),
    "V19": Known(
        "Chance that a body passes a proposal", "binomial; voting rules of 3GPP, ISO/IEC, ITU, IETF"
    ),
    "V20": Known(
        "Alliances of standard-setting firms",
        "Axelrod, Mitchell, Thomas, Bennett and Bruderer, Mgmt Sci. 41 (1995)",
    ),
    "V21": Known(
        "Epidemic diffusion",
        "Bass, Mgmt Sci. 15 (1969) 215",
        "whether capacity is built does not depend on who has built",
    ),
    "V22": Known("Learning by doing, cost of catching up", "Wright (1936)"),
    "V23": Known("Logistic substitution", "Fisher and Pry, Technol. Forecast. 3 (1971) 75-88"),
    "V24": Known(
        "Standardisation as a game of two firms",
        "Farrell and Saloner, RAND J. 16 (1985) 70-83; uniform instance",
    ),
    "V25": Known(
        "Installed base and expectations",
        "Farrell and Saloner, AER 76 (1986) 940-955",
        "equilibria of perfect foresight: buyers here see the present base, and adoption would be an input",
    ),
    "V26": Known(
        "Compatibility in Cournot competition",
        "Katz and Shapiro, AER 75 (1985) 424-440",
        "firms set quantities there; here buyers choose among offers and prices follow cost",
    ),
    "V27": Known(
        "Bargain, then rip-off, in log price",
        "Klemperer, QJE 102 (1987) 375-394; Rev. Econ. Stud. 62 (1995) 515-539",
    ),
    "V28": Known("Grant element of a loan", "OECD Development Assistance Committee"),
    "V29": Known(
        "Standardisation gap",
        "Weitzel, Wendt and von Westarp (2000)",
        "agents there decide whether to adopt any standard, by costs of communication",
    ),
    "V31": Known(
        "Early warning before a market tips", "Scheffer et al., Nature 461 (2009) 53-59; exact chain of V08"
    ),
    "V32": Known("Switching cost and network effect together", "derived; special cases V09 and V10"),
    "V33": Known("Head start in time", "Yule (1925)", _URN),
    "V34": Known("Logit choice on a graph", "Blume (1993); Ising (1925); Onsager (1944), Yang (1952)"),
    "V35": Known("Lock-in by a given time", "Arthur (1989); exact walk"),
    "V37": Known("Hazards do not depend on the time step", "exponential waiting times"),
    "V38": Known(
        "Committee against market", "Farrell and Saloner, RAND J. 19 (1988) 235-252; closed form derived"
    ),
    "V39": Known("Lumpy contracts, and generations that free the buyer in part", "derived from V10"),
    "V42": Known(
        "Consumats",
        "Janssen and Jager, JASSS 2(2) (1999)",
        "there it is satisfaction that sets off a choice; here it is the end of a contract",
    ),
    "V43": Known(
        "History-friendly computer industry",
        "Malerba, Nelson, Orsenigo and Winter (2016)",
        "firms there do research, enter and fail; here vendors are given",
    ),
    "A73": Known("Logit choice and its limits", "McFadden (1974)"),
    "A76": Known("Copies of every country", "order 1/N, derived"),
    "E1": Known("Systems and laws adopted side by side", "derived: relaxation, survival"),
    "E2": Known("Lots have one incumbent each", "definition"),
    "E3": Known("What is left of an imposed lead", "derived from V10"),
    "E4": Known(
        "Tastes against state dependence",
        "Heckman (1981); Dube, Hitsch and Rossi, RAND J. 41 (2010); quadrature",
    ),
    "E5": Known("The queue of a lender", "Luce (1959); Plackett, J. R. Stat. Soc. C 24 (1975) 193-202"),
    "E6": Known("Removal evenly and in time", "derived: hazard of one over the years left"),
    "E7": Known("Newcomers do not pay for switching", "derived: logit, saturation"),
    "E8": Known("An operator's lots pull each other", "derived: chain of pairs"),
    "E9": Known("Agenda, ballots, and what a vote decides", "derived: elasticity, ordered logit, quadrature"),
    "E10": Known("Who supports a family of standards", "derived: relaxation; logit with a common family"),
    "C1": Known("Concentration", "Herfindahl (1950); Hirschman (1964)"),
    "C3": Known("Switching, mobility, memory", "Shorrocks, Econometrica 46 (1978) 1013-1024"),
    "C4": Known("First-mover effect", "Arthur (1989); exact walk"),
    "C5": Known("Degree of path dependence", "mutual information; Miller (1955)"),
    "C6": Known("Set or order of history", "Page, Q. J. Polit. Sci. 1 (2006) 87-115"),
    "C7": Known("Predictable, ergodic, flexible", "Arthur (1989)"),
    "C11": Known("Tipping point", "Brock and Durlauf (2001)"),
    "C12": Known("Early warning", "Scheffer et al., Nature 461 (2009) 53-59"),
}
